import { describe, expect, test } from "vitest";
import { aContractVersion, aTarget, aWorld } from "../../test/builders/resources.ts";
import type { Sensitivity } from "../api/contractversion.ts";
import { evaluate } from "./evaluate.ts";
import { NOT_MINIMISED } from "./sensitivity.ts";

const verdicts = (sensitivity: Sensitivity[], spec: object = {}) =>
  evaluate(
    { operation: "CREATE", new: aTarget("lab", spec), dryRun: false, now: 0 },
    aWorld(aContractVersion({ sensitivity })),
    [NOT_MINIMISED],
  );
const field = (path: string, rest: Partial<Sensitivity> = {}): Sensitivity => ({ path, level: "Restricted", ...rest });

describe("An Adapter that accepts a field above its clearance", () => {
  test("is refused where nobody declares what it gets: field, level, clearance, owner and way out are named", () => {
    expect(verdicts([field("telecom"), field("born", { level: "Confidential" })])).toEqual([
      {
        rule: "sensitivity/not-minimised",
        severity: "Deny",
        path: "spec.accepts[0]",
        message:
          "visit-v1.0.0 does not say what those get who are not cleared for telecom (Restricted) and born (Confidential), " +
          "and Adapter clinic/lab has the clearance Internal: ask care, who owns it, to write minimise in " +
          "spec.sensitivity, or raise spec.clearance",
      },
    ]);
  });

  test.each<[string, Sensitivity[], object]>([
    ["removal is declared", [field("a", { minimise: "Remove" })], {}],
    ["tokens are declared", [field("a", { minimise: "Tokenise" })], {}],
    ["a generalisation is declared", [field("a", { minimise: "Generalise", generaliseTo: "Year" })], {}],
    ["its clearance reaches the field", [field("a")], { clearance: "Restricted" }],
    ["it accepts another version", [field("a")], { accepts: [{ contract: "visit", version: "2.0.0" }] }],
  ])("is taken where %s", (_, sensitivity, spec) => {
    expect(verdicts(sensitivity, spec)).toEqual([]);
  });

  test("hears of five fields by name", () => {
    const [verdict] = verdicts(["a", "b", "c", "d", "e", "f", "g"].map((path) => field(path)));
    expect(verdict?.message).toContain("d (Restricted), e (Restricted) and 2 more");
  });
});
