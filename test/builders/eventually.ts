import { setTimeout as pause } from "node:timers/promises";

/** How long a busy machine may take for what it does in a moment otherwise, milliseconds. Tests have longer than this. */
const PATIENCE_MS = 30_000;
/** Between two looks, milliseconds: often at first, then seldom enough to leave the processor to what is waited for. */
const PAUSES_MS = [1, 2, 2, 5, 5, 10, 10, 20];

/**
 * Repeats `check` until it neither throws nor tells false; fails with its last error after `withinMs`. Only where the
 * time itself is what is tested does a test name one: a bound that nothing but the test's failure reaches costs nothing.
 */
export async function eventually(
  check: () => void | boolean | Promise<void | boolean>,
  withinMs = PATIENCE_MS,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (let look = 0; ; look++) {
    const error = await failureOf(check);
    if (error === undefined) return;
    if (performance.now() > deadline) throw error;
    await pause(PAUSES_MS[look] ?? PAUSES_MS.at(-1));
  }
}

async function failureOf(check: () => void | boolean | Promise<void | boolean>): Promise<Error | undefined> {
  try {
    return (await check()) === false ? new Error(`not so in time: ${check}`) : undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
