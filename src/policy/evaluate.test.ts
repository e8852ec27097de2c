import { describe, expect, test } from "vitest";
import { aContractVersion, aSource, aWorld, anIntegration } from "../../test/builders/resources.ts";
import { evaluate } from "./evaluate.ts";
import type { Change, Rule, World } from "./rule.ts";
import { RULES_ALONE, RULES_AMONG } from "./rules.ts";

const TIMELESS = { dryRun: false, now: 0 };
const severities = (change: Change, world: World, rules: readonly Rule[] = RULES_AMONG) =>
  evaluate(change, world, rules).map(({ severity }) => severity);

const rule = (id: Rule["id"], severity: "Deny" | "Warn"): Rule => ({
  id,
  judges: "State",
  check: () => [{ severity, path: "spec", message: id }],
});

describe("Deleting", () => {
  test("is never denied, whatever a rule says", () => {
    const change: Change = { operation: "DELETE", old: aSource("ehr"), ...TIMELESS };
    expect(severities(change, aWorld(), [rule("listen/port-taken", "Deny")])).toEqual(["Warn"]);
  });
});

describe("An update", () => {
  const world = aWorld(aContractVersion(), aSource("ehr", 2575));
  const second = aSource("lis", 2575);

  test("is only warned of what was wrong before it", () => {
    const labelled = { ...second, metadata: { ...second.metadata, labels: { ward: "3" } } };
    expect(severities({ operation: "CREATE", new: second, ...TIMELESS }, world)).toEqual(["Deny"]);
    expect(severities({ operation: "UPDATE", old: second, new: labelled, ...TIMELESS }, world)).toEqual(["Warn"]);
  });

  test("is denied for what it makes wrong", () => {
    const moved = aSource("lis", 2576);
    expect(severities({ operation: "UPDATE", old: moved, new: second, ...TIMELESS }, world)).toEqual(["Deny"]);
  });

  test("may move what was wrong within a list, but add nothing like it", () => {
    const bad = { adapter: "lab", when: "$count(" };
    const before = anIntegration("visits", { to: [bad] });
    const moved = anIntegration("visits", { to: [{ adapter: "archive" }, bad] });
    const added = anIntegration("visits", { to: [bad, { ...bad, adapter: "archive" }] });
    expect(severities({ operation: "UPDATE", old: before, new: moved, ...TIMELESS }, aWorld(), RULES_ALONE)).toEqual([
      "Warn",
    ]);
    expect(severities({ operation: "UPDATE", old: before, new: added, ...TIMELESS }, aWorld(), RULES_ALONE)).toEqual([
      "Deny",
      "Warn",
    ]);
  });

  test("is judged as a new one where what was there can no longer be read", () => {
    expect(severities({ operation: "UPDATE", new: second, ...TIMELESS }, world)).toEqual(["Deny"]);
  });
});

describe("Verdicts", () => {
  const change: Change = { operation: "CREATE", new: aSource("ehr"), ...TIMELESS };

  test("of all rules are told, denials first", () => {
    const rules = [
      rule("references/unresolved", "Warn"),
      rule("listen/port-taken", "Deny"),
      rule("contracts/in-use", "Warn"),
    ];
    const ids = evaluate(change, aWorld(), rules).map((verdict) => verdict.rule);
    expect(ids).toEqual(["listen/port-taken", "references/unresolved", "contracts/in-use"]);
  });

  test("are the same for a dry run", () => {
    const taken = aWorld(aSource("lis", 2575));
    expect(severities({ ...change, dryRun: true }, taken)).toEqual(severities(change, taken));
  });

  test("over ten thousand resources take a moment", () => {
    const many = Array.from({ length: 10_000 }, (_, i) => anIntegration(`route-${i}`));
    const world = aWorld(aContractVersion(), ...many);
    const begun = performance.now();
    for (let i = 0; i < 20; i++) evaluate({ ...change, new: anIntegration("visits") }, world, RULES_AMONG);
    expect((performance.now() - begun) / 20).toBeLessThan(50);
  });
});
