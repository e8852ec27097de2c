import { describe, expect, test } from "vitest";
import { aContractVersion, aDataDomain, aWorld } from "../../../test/builders/resources.ts";
import type { Lifecycle } from "../../api/contractversion.ts";
import type { DataDomain } from "../../api/datadomain.ts";
import { evaluate } from "../evaluate.ts";
import type { Change } from "../rule.ts";
import { WINDOW_TOO_SHORT } from "./window.ts";

const NOW = "2027-03-01T00:00:00Z";
const publishedOn = "2026-01-01T00:00:00Z";
const inDays = (days: number): string =>
  new Date(Date.parse(NOW) + days * 86_400_000).toISOString().replace(".000", "");
const domain = (minDeprecationDays: number | undefined, name = "care"): DataDomain => {
  const built = aDataDomain({}, name);
  return { ...built, spec: { ...built.spec, minDeprecationDays } };
};
const CARE = aWorld(domain(90));

interface Case {
  before?: Lifecycle | undefined;
  after: Lifecycle;
}
const asked = { dryRun: false, now: Date.parse(NOW) };

function verdictsOn({ before, after }: Case, world = CARE, isNew = false) {
  const changed = aContractVersion({ lifecycle: { publishedOn, ...after } });
  const old = aContractVersion({ lifecycle: { publishedOn, ...before } });
  const change: Change = isNew
    ? { ...asked, operation: "CREATE", new: changed }
    : { ...asked, operation: "UPDATE", old, new: changed };
  return evaluate(change, world, [WINDOW_TOO_SHORT]);
}
const said = (...args: Parameters<typeof verdictsOn>) =>
  verdictsOn(...args).map(({ severity, path }) => `${severity} ${path}`);
const REFUSED = ["Deny spec.lifecycle.sunsetOn"];
const window = (from: number, until: number) => ({ deprecatedOn: inDays(from), sunsetOn: inDays(until) });

describe("A window that is announced", () => {
  test.each([
    ["from now on", { after: window(0, 89) }],
    ["ahead", { after: window(10, 99) }],
    [
      "for what is long deprecated: its users plan from now",
      { before: { deprecatedOn: inDays(-200) }, after: window(-200, 89) },
    ],
    ["anew after it was called off", { before: { deprecatedOn: inDays(-5) }, after: window(-5, 80) }],
    ["and shortened by a later deprecation", { before: window(5, 95), after: window(6, 95) }],
  ])("%s is refused where it is too short", (_, change) => {
    expect(said(change)).toEqual(REFUSED);
  });

  test.each([
    ["from now on", { after: window(0, 90) }],
    ["ahead", { after: window(10, 100) }],
    ["for what is long deprecated", { before: { deprecatedOn: inDays(-200) }, after: window(-200, 90) }],
    ["without an end", { after: { deprecatedOn: inDays(0) } }],
  ])("%s is taken where it is long enough", (_, change) => {
    expect(said(change)).toEqual([]);
  });

  test("is not judged again where it stays or becomes longer, however short it is", () => {
    expect(said({ before: window(-5, 10), after: window(-5, 10) })).toEqual([]);
    expect(said({ before: window(-5, 10), after: window(-5, 11) })).toEqual([]);
    expect(said({ before: window(5, 10), after: window(4, 10) })).toEqual([]);
    expect(said({ before: window(-5, 10), after: { ...window(-5, 10), retiredOn: inDays(20) } })).toEqual([]);
  });

  test("of a new version is judged by its deprecation, where that is ahead", () => {
    expect(said({ after: window(10, 99) }, CARE, true)).toEqual(REFUSED);
    expect(said({ after: window(10, 100) }, CARE, true)).toEqual([]);
    expect(said({ after: window(-10, 10) }, CARE, true)).toEqual([]);
  });

  test("is as long as it likes in a domain that promises nothing, or is not there", () => {
    for (const world of [aWorld(), aWorld(domain(undefined)), aWorld(domain(0)), aWorld(domain(90, "billing"))])
      expect(said({ after: window(0, 1) }, world)).toEqual([]);
  });

  test("names the domain, its owner and the first instant that will do", () => {
    const [verdict] = verdictsOn({ after: window(0, 89) });
    expect(verdict?.message).toBe(
      "users have at least 90 days from when a sunset is announced, as DataDomain care says: write 2027-05-30T00:00:00Z or later, or ask its owner (care <care@hospital.example>)",
    );
  });

  test("keeps to the stricter promise when the version moves to another domain", () => {
    const lifecycle = { publishedOn, ...window(0, 60) };
    const old = aContractVersion({ lifecycle: { publishedOn } });
    const moved = aContractVersion({ lifecycle, domain: "billing" });
    const change: Change = { ...asked, operation: "UPDATE", old, new: moved };
    const both = aWorld(domain(90), domain(30, "billing"));
    expect(evaluate(change, both, [WINDOW_TOO_SHORT])).toHaveLength(1);
    expect(evaluate(change, aWorld(domain(30, "billing")), [WINDOW_TOO_SHORT])).toEqual([]);
  });
});
