import { setTimeout as pause } from "node:timers/promises";

/** Repeats `check` until it throws no more; fails with its last error after `withinMs`. */
export async function eventually(check: () => void | Promise<void>, withinMs = 5000): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await pause(10);
    }
  }
}
