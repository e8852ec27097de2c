import type { Guarded } from "./guard.ts";

/** What became of a message's resources, for its lineage. Types are named as the owners' configuration has them. */
export function tally(done: readonly Guarded[]): string {
  const sent = done.flatMap((each) => (each.kind === "Send" ? each.put : []));
  const left = (why: string) => done.flatMap((each) => (each.kind === "Leave" && each.why === why ? each.put : []));
  const told: [string, typeof sent][] = [
    ["in part, as its source owns no more", sent.filter(({ condition }) => condition !== undefined)],
    ["unchanged", left("Unchanged")],
    ["not written, as its source owns nothing of it", left("Foreign")],
  ];
  const parts = told.flatMap(([what, puts]) => {
    const types = [...new Set(puts.map(({ resource }) => String(resource["resourceType"])))];
    return types.length === 0 ? [] : [`${what}: ${types.join(", ")}`];
  });
  return [`${sent.length} resources updated`, ...parts].join("; ");
}
