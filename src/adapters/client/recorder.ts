import type { Dispatcher } from "undici";
import { FasciaError } from "../../base/errors.ts";
import type { AnswerBody, Exchange, GaveUp } from "./exchange.ts";

/**
 * Follows one request through undici's dispatcher and resolves `exchange` once, with how far it got. `onRequestStart`
 * comes directly before the first byte is written, so a failure without it is known to have sent nothing.
 */
export class Recorder implements Dispatcher.DispatchHandler {
  readonly exchange: Promise<Exchange>;
  readonly #settle: (exchange: Exchange) => void;
  readonly #maxBodyBytes: number;
  #controller: Dispatcher.DispatchController | undefined;
  #gaveUp: GaveUp | undefined;
  #status: number | undefined;
  #retryAfter: string | undefined;
  #etag: string | undefined;
  #chunks: Buffer[] = [];
  #length = 0;

  constructor(maxBodyBytes: number) {
    const { promise, resolve } = Promise.withResolvers<Exchange>();
    this.exchange = promise;
    this.#settle = resolve;
    this.#maxBodyBytes = maxBodyBytes;
  }

  /** Stops waiting: closes the connection where the request is on its way, otherwise it never leaves. */
  giveUp(why: GaveUp): void {
    this.#gaveUp ??= why;
    const error = new FasciaError(why, why === "TimedOut" ? "no answer in time" : "given up");
    if (this.#controller === undefined) this.#settle({ kind: "NotSent", error });
    else this.#controller.abort(error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // undici may dispatch again what it believes was never written. Once started is once sent.
    if (this.#controller !== undefined || this.#gaveUp !== undefined) {
      controller.abort(new FasciaError("Aborted", "given up"));
      return;
    }
    this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return;
    this.#status = status;
    const retryAfter = headers["retry-after"];
    if (typeof retryAfter === "string") this.#retryAfter = retryAfter;
    const etag = headers["etag"];
    if (typeof etag === "string") this.#etag = etag;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#length += chunk.length;
    if (this.#length <= this.#maxBodyBytes) {
      this.#chunks.push(chunk);
      return;
    }
    this.#answered({ kind: "TooLong" });
    controller.abort(new FasciaError("ReplyTooLong", "the answer is longer than the limit"));
  }

  onResponseEnd(): void {
    this.#answered({ kind: "Whole", bytes: Buffer.concat(this.#chunks, this.#length) });
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#status !== undefined) this.#answered({ kind: "CutOff" });
    else if (this.#controller === undefined) this.#settle({ kind: "NotSent", error });
    else this.#settle({ kind: "Unanswered", why: this.#gaveUp ?? "Broken", error });
  }

  #answered(body: AnswerBody): void {
    this.#chunks = [];
    if (this.#status === undefined) return;
    const [retryAfter, etag] = [this.#retryAfter, this.#etag];
    this.#settle({
      kind: "Answered",
      status: this.#status,
      body,
      ...(retryAfter !== undefined && { retryAfter }),
      ...(etag !== undefined && { etag }),
    });
  }
}
