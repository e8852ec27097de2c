import { z } from "zod";
import type { Stored } from "./read.ts";

const report = z.tuple([z.object({ secrets: z.record(z.string(), z.array(z.string()).max(16)) })]);

/** What an adapter reported last of its Secrets: fields that name one which lacks keys, each with the keys that are there. */
export function secretsIn({ data }: Pick<Stored, "data">): Record<string, string[]> {
  const { data: read } = report.safeParse(parsed(data));
  return read?.[0].secrets ?? {};
}

function parsed(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data).toString("utf8"));
  } catch {
    // Whoever may write there has written something else: nothing is known then.
    return undefined;
  }
}
