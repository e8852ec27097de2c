import { FasciaError } from "../../base/errors.ts";
import { STATUS_CODES } from "../nodehttp.ts";

/** A request that is not taken, and what its sender is told. `detail` is ours, never out of the request. */
export class Problem extends FasciaError {
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(status: number, detail: string, headers: Record<string, string> = {}) {
    super(`Http${status}`, detail);
    this.status = status;
    this.headers = headers;
  }
}

export const PROBLEM_TYPE = "application/problem+json";

/** Body of an answer by RFC 9457. Without `type` it is `about:blank`: the title is the status's own name. */
export function problemBody(status: number, detail: string): string {
  return JSON.stringify({ title: STATUS_CODES[status] ?? "Error", status, detail });
}
