import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import type { ContractUse } from "../../src/api/contractversion-status.ts";
import { judgeAndTry, triedWith } from "../../src/operator/admission/alone.ts";
import { askedOf } from "../../src/operator/admission/change.ts";
import { parseReview } from "../../src/operator/admission/review.ts";
import { evaluate } from "../../src/policy/evaluate.ts";
import { type Resource, RULE_IDS, type RuleId, type Verdict, type World } from "../../src/policy/rule.ts";
import { RULES_AMONG } from "../../src/policy/rules.ts";
import { SUMMARIES } from "../../src/policy/summaries.ts";
import { aWorld } from "../builders/resources.ts";
import { aReview } from "../builders/reviews.ts";

interface Example {
  rule: string;
  verdict: "Refused" | "Warned" | "Allowed";
  /** What is done with the last resource; of one that is updated the last but one is what was there. */
  done: "created" | "updated" | "deleted";
  resources: Resource[];
}

const page = await readFile(new URL("../../docs/policies.md", import.meta.url), "utf8");
const sections = page
  .split(/^## /m)
  .slice(1)
  .map((text) => ({ rule: /^`([^`]+)`/.exec(text)?.[1] ?? text.slice(0, 40), text }));
const examples = sections.flatMap(({ rule, text }) =>
  [...text.matchAll(/^(Refused|Warned|Allowed)(?: \((updated|deleted)\))?:\n\n```yaml\n([\s\S]*?)^```/gm)].map(
    ([, verdict, done = "created", yaml = ""]): Example => ({
      rule,
      verdict: verdict as Example["verdict"],
      done: done as Example["done"],
      resources: parseAllDocuments(yaml).map((document) => document.toJS() as Resource),
    }),
  ),
);

/** The day on which the page's examples are applied. */
const NOW = Date.parse("2027-03-01T00:00:00Z");

/** As the admission server judges the last one where the others are there. */
async function verdictsOn({ resources, done }: Example): Promise<Verdict[]> {
  const [changed = null, ...others] = resources.toReversed();
  const old = done === "updated" ? (others[0] ?? null) : null;
  const review = done === "deleted" ? aReview(null, {}, changed) : aReview(changed, {}, old);
  const asked = askedOf(parseReview(Buffer.from(JSON.stringify(review))), NOW);
  if ("verdicts" in asked) return asked.verdicts;
  const world = { ...aWorld(...others), sharedAddress: false, uses: usesIn(others) };
  const tried = await judgeAndTry(asked.change, triedWith(asked.change, world));
  return [...tried, ...evaluate(asked.change, world, RULES_AMONG)];
}

/** The operator keeps account of every version; what an example says of it stands in `status`. */
function usesIn(resources: (Resource & { status?: { uses?: ContractUse[] } })[]): NonNullable<World["uses"]> {
  return new Map(resources.map(({ metadata, status }) => [metadata.name, status?.uses ?? []]));
}

describe("docs/policies.md", () => {
  test("has a section for each rule, and for no other", () => {
    expect(sections.map(({ rule }) => rule).sort()).toEqual([...RULE_IDS].sort());
  });

  test("begins with an index of the rules, in their order, by the sentence that tools list them with", () => {
    const index = [...page.matchAll(/^\| \[`([^`]+)`\]\(#(\S+)\) \| (.*) \|$/gm)].map(([, ...cells]) => cells);
    expect(index).toEqual(sections.map(({ rule }) => [rule, rule.replace("/", ""), SUMMARIES[rule as RuleId]]));
  });

  test.each(sections)("shows for $rule what is allowed, what is not, and the way out", ({ rule, text }) => {
    const shown = examples.filter((example) => example.rule === rule).map(({ verdict }) => verdict);
    expect(shown).toEqual([expect.stringMatching(/Refused|Warned/), "Allowed"]);
    expect(text).toContain("\nWay out: ");
  });

  test.each(examples)("is right about what is $verdict by $rule", async (example) => {
    const own = (await verdictsOn(example)).filter(({ rule }) => rule === example.rule);
    const severities = { Refused: "Deny", Warned: "Warn", Allowed: undefined };
    expect([...new Set(own.map(({ severity }) => severity))]).toEqual(
      example.verdict === "Allowed" ? [] : [severities[example.verdict]],
    );
  });
});
