/** One HTTP request to be sent. */
export interface HttpRequest {
  method: "GET" | "POST" | "PUT";
  /** Path and query. */
  path: string;
  headers: Record<string, string>;
  body?: Buffer;
}

/** What became of one HTTP request: how far it got, before anybody judges what that means. */
export type Exchange =
  /** A final status line came, whatever followed it. */
  | { kind: "Answered"; status: number; retryAfter?: string; etag?: string; body: AnswerBody }
  /** Not a byte of the request left: no connection, or given up before. */
  | { kind: "NotSent"; error: unknown }
  /** At least the beginning was handed to the connection, and no status came back. */
  | { kind: "Unanswered"; why: GaveUp | "Broken"; error: unknown };

export type AnswerBody =
  | { kind: "Whole"; bytes: Buffer }
  /** Longer than the limit; what was read of it is dropped. */
  | { kind: "TooLong" }
  /** The connection ended, or patience did, before the body's end. */
  | { kind: "CutOff" };

export type GaveUp = "TimedOut" | "Aborted";
