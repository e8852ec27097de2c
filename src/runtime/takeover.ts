import type { LineageRecord } from "../api/lineage.ts";
import { errorCode } from "../base/errors.ts";
import { adapterRef } from "../compile/names.ts";
import type { Deps } from "./deps.ts";

/** The record by which a process becomes the sole writer of its lineage. */
export function takeOverRecord(deps: Deps): LineageRecord {
  const adapter = adapterRef(deps.adapter);
  return { hop: "TakeOver", at: deps.clock.now(), messageId: "", correlationId: "", source: adapter, adapter };
}

/** A take-over is tried again and again; while it fails nothing moves, and somebody has to know why. */
export function sayWhyNot(deps: Deps, stream: string, error: unknown): void {
  if (error === undefined) return;
  deps.log.warn("the take-over failed", { adapter: adapterRef(deps.adapter), stream, code: errorCode(error), error });
}
