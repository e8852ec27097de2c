import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { STATUS_RULES, type Verdict } from "../../src/adapters/client/outcome.ts";

test("docs/adapters.md tells the outcome of every status as it is", async () => {
  const page = await readFile(new URL("../../docs/adapters.md", import.meta.url), "utf8");
  const told = Array.from(page.matchAll(/^\| (\d{3}(?:–\d{3})?) \| ([^|]+) \| ([^|]+) \|/gm), ([, ...cells]) => cells);
  const rules = STATUS_RULES.map(({ first, last, verdict, unlessIdempotent }) => [
    first === last ? `${first}` : `${first}–${last}`,
    words(verdict),
    words(unlessIdempotent ?? verdict),
  ]);
  expect(told).toEqual(rules);
});

function words(verdict: Verdict): string {
  return "down" in verdict && verdict.down ? `${verdict.kind}, down` : verdict.kind;
}
