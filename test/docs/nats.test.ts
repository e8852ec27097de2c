import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { HUB_EXPORTS } from "../../src/compile/exports.ts";

test("docs/security.md lists what accounts exchange as it is", async () => {
  const page = await readFile(new URL("../../docs/security.md", import.meta.url), "utf8");
  const rows = page.matchAll(/^\| (service|stream) \| `(\S+)` \| `(\S+)` \| (.+) \|$/gm);
  const listed = Array.from(rows, ([, kind, subject, as, answers]) => ({ kind, subject, as, answers }));
  const answersOf = { one: "one", many: "any number", none: "-" };
  expect(listed).toEqual(
    HUB_EXPORTS.map(({ kind, subject, as, many }) => {
      const answers = answersOf[kind === "stream" ? "none" : many ? "many" : "one"];
      return { kind, subject, as, answers };
    }),
  );
});
