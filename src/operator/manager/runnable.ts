/** Something that goes on by itself between start and stop. */
export interface Runnable {
  /** For logs and health. */
  readonly name: string;
  /** Resolves when what depends on it may start; earlier, and without meaning, when `signal` aborts. */
  start(signal: AbortSignal): Promise<void>;
  /** Resolves when nothing of it is under way. Called once, also when `start` failed or never ended. */
  stop(): Promise<void>;
}
