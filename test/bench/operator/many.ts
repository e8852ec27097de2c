import { setTimeout as pause } from "node:timers/promises";

/** Does `work` on each, `concurrency` at once. Resolves to how long each took, milliseconds, in the order in which they ended. */
export async function timed<T>(
  items: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<unknown>,
): Promise<number[]> {
  const took: number[] = [];
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) {
      const began = performance.now();
      await work(item);
      took.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return took;
}

/**
 * Does `work` on each at a steady pace: `clients`, each of which begins another one every `everyMs`, not all at one time,
 * and not before the one before it has ended. Resolves to how long each took, milliseconds, from when it was due.
 */
export async function paced<T>(
  items: readonly T[],
  { clients, everyMs }: { clients: number; everyMs: number },
  work: (item: T) => Promise<unknown>,
): Promise<number[]> {
  const took: number[] = [];
  const rest = items.values();
  const began = performance.now();
  const client = async (nth: number): Promise<void> => {
    let due = began + (nth * everyMs) / clients;
    for (const item of rest) {
      await pause(Math.max(0, due - performance.now()));
      await work(item);
      took.push(performance.now() - due);
      due += everyMs;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, nth) => client(nth)));
  return took;
}

/** The value that this share of `values` does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
