import { type Clock, systemClock } from "../../src/base/clock.ts";

/** The system's clock, which can be set forward: who sleeps until then wakes. */
export class JumpingClock implements Clock {
  #ahead = 0;
  readonly #waiting = new Set<{ due: number; wake: () => void }>();

  now = (): number => systemClock.now() + this.#ahead;
  monotonic = (): number => systemClock.monotonic() + this.#ahead;

  sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const cancel = this.after(ms, resolve);
      signal?.addEventListener(
        "abort",
        () => {
          cancel();
          resolve();
        },
        { once: true },
      );
    });

  after = (ms: number, action: () => void): (() => void) => {
    const waiting = {
      due: this.monotonic() + ms,
      wake: () => {
        stop();
        action();
      },
    };
    const cancel = systemClock.after(ms, () => waiting.wake());
    const stop = (): void => {
      cancel();
      this.#waiting.delete(waiting);
    };
    this.#waiting.add(waiting);
    return stop;
  };

  jump(ms: number): void {
    this.#ahead += ms;
    const due = [...this.#waiting].filter((waiting) => waiting.due <= this.monotonic());
    for (const { wake } of due) wake();
  }
}
