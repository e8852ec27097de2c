import { describe, expect, test } from "vitest";
import { KINDS } from "../../src/api/kinds.ts";
import { type Fault, checkResource } from "../../src/api/check.ts";
import { RIGHT, WRONG } from "./index.ts";

const ruleMessages = KINDS.flatMap(({ rules }) => rules.map(({ message }) => message));

function faultsOf(resource: { kind: string }): Fault[] {
  const kind = KINDS.find((candidate) => candidate.kind === resource.kind);
  if (kind === undefined) throw new Error(`no kind ${resource.kind}`);
  const checked = checkResource(kind, resource);
  return "faults" in checked ? checked.faults : [];
}

/** The API server is asked the same in test/cluster. */
describe("Without an API server", () => {
  test.each(WRONG)("$title is refused", ({ resource }) => {
    expect(faultsOf(resource)).not.toEqual([]);
  });

  test.each(WRONG.filter(({ says }) => ruleMessages.includes(says)))("$title is told in the same words", (wrong) => {
    expect(faultsOf(wrong.resource).map(({ reason }) => reason)).toEqual([wrong.says]);
  });

  test.each(RIGHT)("$title is taken", ({ resource }) => {
    expect(faultsOf(resource)).toEqual([]);
  });

  test("there is no rule that nothing here breaks", () => {
    expect(ruleMessages.filter((message) => !WRONG.some(({ says }) => says === message))).toEqual([]);
  });
});
