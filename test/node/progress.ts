const begun = performance.now();

/** Says what a test is at: some steps take a while. */
export function say(text: string): void {
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  process.stdout.write(`e2e: ${seconds.padStart(6)} s  ${text}\n`);
}

/** Does one step of a test and says how long it took. */
export async function step<T>(text: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const done = await work();
  say(`${text} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  return done;
}
