import { errorCode } from "../../base/errors.ts";
import { pauseConsumer, resumeConsumer } from "../../jetstream/pause.ts";
import type { Deps } from "../deps.ts";

/** A pause ends by itself should this process die. */
const PAUSE_MS = 30_000;

/** Keeps a consumer paused for as long as it is told to. */
export class Pauser {
  readonly #deps: Deps;
  readonly #stream: string;
  readonly #consumer: string;
  #again: NodeJS.Timeout | undefined;
  /** Requests go out one after another, so that the last one said is the one that holds. */
  #requests: Promise<void> = Promise.resolve();

  constructor(deps: Deps, stream: string, consumer: string) {
    this.#deps = deps;
    this.#stream = stream;
    this.#consumer = consumer;
  }

  pause(): void {
    if (this.#again) return;
    const pause = () =>
      this.#request(() => {
        const until = new Date(this.#deps.clock.now() + PAUSE_MS);
        return this.#again ? pauseConsumer(this.#deps.hub, this.#stream, this.#consumer, until) : Promise.resolve();
      });
    this.#again = setInterval(pause, PAUSE_MS / 2);
    pause();
  }

  /** Also ends a pause that a process left behind which is gone. */
  resume(): void {
    clearInterval(this.#again);
    this.#again = undefined;
    this.#request(() => resumeConsumer(this.#deps.hub, this.#stream, this.#consumer));
  }

  /** A pause is a courtesy to the hub: without it messages are held here instead. */
  #request(send: () => Promise<void>): void {
    this.#requests = this.#requests.then(send).catch((error: unknown) => {
      this.#deps.log.debug("consumer not paused", { consumer: this.#consumer, code: errorCode(error) });
    });
  }
}
