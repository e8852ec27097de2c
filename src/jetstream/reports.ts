import { z } from "zod";
import { type Drifted, drifted } from "../api/drift.ts";
import type { Stored } from "./read.ts";

/** What an adapter tells of itself. */
export interface Report {
  /** Fields that name a Secret which lacks keys, each with the keys that are there. */
  secrets: Record<string, string[]>;
  /** Configuration that it can't run, and why, in our own words. */
  revision?: string;
  reason?: string;
}

const report = z.tuple([
  z.object({
    secrets: z.record(z.string(), z.array(z.string()).max(16)),
    revision: z.string().max(64).optional(),
    reason: z.string().max(1000).optional(),
  }),
]);

/** What an adapter reported last; nothing where it is no report. */
export function reportIn({ data }: Pick<Stored, "data">): Report {
  const read = report.safeParse(parsed(data)).data?.[0];
  const { secrets = {}, revision, reason } = read ?? {};
  return { secrets, ...(revision !== undefined && { revision }), ...(reason !== undefined && { reason }) };
}

const drift = z.tuple([z.object({ drift: z.array(z.unknown()).max(1024) })]);

/** What an adapter last told of its drift, without what is none. */
export function driftIn({ data }: Pick<Stored, "data">): Drifted[] {
  const entries = drift.safeParse(parsed(data)).data?.[0].drift ?? [];
  return entries.flatMap((entry) => drifted.safeParse(entry).data ?? []);
}

function parsed(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data).toString("utf8"));
  } catch {
    // Whoever may write there has written something else: nothing is known then.
    return undefined;
  }
}
