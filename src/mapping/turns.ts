/** Waits for its turn; the result ends the turn. Turns are given in the order in which they were asked for. */
export type TakeTurn = () => Promise<() => void>;

/** One at a time: whoever has a turn runs alone until it ends it. */
export function createTurns(): TakeTurn {
  let last: Promise<void> = Promise.resolve();
  return () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const turn = last.then(() => resolve);
    last = promise;
    return turn;
  };
}

/** Resolves after the event loop has served what was waiting: sockets, timers, other callbacks. */
export const eventLoopTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
