import { describe, expect, test } from "vitest";
import { aContractVersion, aDataDomain, aPolicyException, aSource, aWorld } from "../../../test/builders/resources.ts";
import type { PolicyException } from "../../api/policyexception.ts";
import { rightId } from "../authority/rights.ts";
import { evaluate } from "../evaluate.ts";
import type { Change, Resource, Verdict } from "../rule.ts";
import { RULES_AMONG } from "../rules.ts";
import { daysLeft, isInForce, nextEndOf } from "./force.ts";
import { approvalRights } from "./rules.ts";

const at = (instant: string): number => Date.parse(instant);
const NOW = at("2027-03-01T00:00:00Z");
/** Created on that day. */
function granted(...given: Parameters<typeof aPolicyException>): PolicyException {
  const exception = aPolicyException(...given);
  return { ...exception, metadata: { ...exception.metadata, creationTimestamp: "2027-03-01T00:00:00Z" } };
}
const ada = { name: "ada", groups: [] };
const grace = { name: "grace", groups: [] };

function judged(change: Partial<Change>, ...others: Resource[]): Verdict[] {
  const whole = { operation: "CREATE", dryRun: false, now: NOW, ...change } as const;
  return evaluate(whole, { ...aWorld(...others), sharedAddress: false }, RULES_AMONG);
}
const said = (verdicts: Verdict[]): string[] =>
  verdicts.map(({ severity, rule, path }) => `${severity} ${rule} ${path}`.trim());

describe("An exception", () => {
  const claims = aSource("lis", 2575, { system: "ehr" });
  const there = [aContractVersion(), aDataDomain({ ehr: ["clinic/ehr"] })];
  const covering = { resources: [{ kind: "Adapter" as const, name: "lis" }] };
  const verdicts = (exception: PolicyException, now = NOW) => said(judged({ new: claims, now }, ...there, exception));

  test("in force lets pass what would be refused, with a warning that names it and the days left", () => {
    const [verdict] = judged({ new: claims }, ...there, granted(covering));
    expect(verdict).toMatchObject({ severity: "Warn", exception: { namespace: "clinic", name: "old-lab" } });
    expect(verdict?.message).toContain("may not act as the system ehr");
    expect(verdict?.message).toContain(
      "let pass by PolicyException clinic/old-lab until 2027-05-01T00:00:00Z (61 days left): ",
    );
  });

  const refused = "Deny ownership/system-claim spec.system";
  test.each<[string, PolicyException, number?]>([
    ["that nobody has approved", granted({ ...covering, approvals: undefined })],
    ["that its author alone has approved", granted({ ...covering, approvals: [{ approver: "ada" }] })],
    ["from another rule", granted({ ...covering, rules: ["lifecycle/new-use"] })],
    ["for another resource", granted({ resources: [{ kind: "Adapter", name: "lis-2" }] })],
    ["for one of another kind", granted({ resources: [{ kind: "Integration", name: "lis" }] })],
    ["of another namespace", granted(covering, "elsewhere")],
    ["at the instant of its end", granted(covering), at("2027-05-01T00:00:00Z")],
    [
      "that claims to last for years, after 90 days",
      granted({ ...covering, expiresOn: "2037-01-01T00:00:00Z" }),
      at("2027-05-30T00:00:00Z"),
    ],
  ])("%s counts for nothing", (_title, exception, now) => {
    expect(verdicts(exception, now)).toEqual([refused]);
  });

  test("that has ended, and would cover it otherwise, is named by the refusal; one that nobody approved is not", () => {
    const now = at("2027-05-01T00:00:00Z");
    const [verdict] = judged({ new: claims, now }, ...there, granted(covering));
    expect(verdict).toMatchObject({ severity: "Deny", lapsed: { namespace: "clinic", name: "old-lab" } });
    expect(verdict?.message).toMatch(
      /\. PolicyException clinic\/old-lab, which let this pass, ended on 2027-05-01T00:00:00Z$/,
    );
    const [never] = judged({ new: claims, now }, ...there, granted({ ...covering, approvals: undefined }));
    expect(never).not.toHaveProperty("lapsed");
  });

  test("counts until the millisecond before its end", () => {
    const exception = granted(covering);
    expect(verdicts(exception, at("2027-05-01T00:00:00Z") - 1)).toEqual(["Warn ownership/system-claim spec.system"]);
    expect([daysLeft(exception, NOW), isInForce(exception, NOW)]).toEqual([61, true]);
    const end = at("2027-05-01T00:00:00Z");
    const unapproved = granted({ approvals: undefined, expiresOn: "2027-04-01T00:00:00Z" });
    expect([nextEndOf([unapproved, exception], NOW), nextEndOf([exception], end)]).toEqual([end, undefined]);
  });

  const LATEST = "2027-05-30T00:00:00Z";
  interface Span {
    title: string;
    expiresOn?: string;
    created?: string;
    now?: number;
    /** The end that it may have at the latest, where its own is later. */
    latest?: string;
  }
  test.each<Span>([
    { title: "that is not created yet, for 90 days, is taken" },
    { title: "for a second more is too long", expiresOn: "2027-05-30T00:00:01Z", latest: LATEST },
    { title: "for more in another zone is too long", expiresOn: "2027-05-30T00:00:00-01:00", latest: LATEST },
    { title: "for as much in another zone is taken", expiresOn: "2027-05-30T01:00:00+01:00" },
    { title: "for ten years is too long", expiresOn: "2037-01-01T00:00:00Z", latest: LATEST },
    { title: "that is over is taken", expiresOn: "2020-01-01T00:00:00Z" },
    { title: "for 90 days since its creation is taken ever after", created: "2027-03-01T00:00:00Z", now: at(LATEST) },
    {
      title: "for 90 days since now, but more since its creation, is too long",
      created: "2027-02-28T23:59:59Z",
      latest: "2027-05-29T23:59:59Z",
    },
  ])("$title", ({ expiresOn = LATEST, created, now = NOW, latest }) => {
    const exception = aPolicyException({ expiresOn, reviewOn: "2019-12-31T00:00:00Z", approvals: undefined });
    const metadata = { ...exception.metadata, ...(created !== undefined && { creationTimestamp: created }) };
    const found = judged({ new: { ...exception, metadata }, now });
    expect(said(found)).toEqual(latest === undefined ? [] : ["Deny exception/too-long spec.expiresOn"]);
    if (latest !== undefined) expect(found[0]?.message).toContain(`write ${latest} or earlier`);
  });

  test("from the rules about exceptions and stewards, or from being readable, can't be made", () => {
    for (const id of ["exception/approval", "authority/not-steward", "resource/invalid", "listen/port-taken"])
      expect(said(judged({ new: aPolicyException({ rules: [id], approvals: undefined }) }))).toEqual([
        "Deny exception/unknown-rule spec.rules[0]",
      ]);
  });
});

describe("An approval", () => {
  const asked = aPolicyException({ approvals: undefined });
  const approved = aPolicyException();
  const rights = new Set(approvalRights(asked).map(rightId));
  const update = (user: Change["user"], after = approved, before = asked) =>
    said(judged({ operation: "UPDATE", old: before, new: after, user }));
  const denied = ["Deny exception/approval spec.approvals[0].approver"];

  test("is taken from the approver, who may", () => {
    expect(update({ ...grace, rights })).toEqual([]);
  });

  test.each<[string, Change["user"]]>([
    ["by who may not", grace],
    ["in somebody else's name", { ...ada, rights }],
  ])("%s is refused", (_title, user) => {
    expect(update(user)).toEqual(denied);
  });

  test("by who asked is refused, even where they may approve", () => {
    expect(update({ ...ada, rights }, aPolicyException({ approvals: [{ approver: "ada" }] }))).toEqual(denied);
  });

  test("together with the exception is refused", () => {
    expect(said(judged({ new: approved, user: { ...ada, rights } }))).toEqual(denied);
  });

  test("can be taken back by whoever may write it", () => {
    expect(update(ada, asked, approved)).toEqual([]);
  });

  test("does not survive another content", () => {
    const wider = aPolicyException({ resources: [{ kind: "Integration", name: "everything" }] });
    expect(update(ada, wider, approved)).toEqual(["Deny exception/changed spec.resources"]);
  });

  test("for what is in no namespace takes the right in all of them", () => {
    expect(approvalRights(asked)).toEqual([expect.objectContaining({ namespace: "clinic" })]);
    for (const kind of ["ContractVersion", "DataDomain", "AdapterClass"] as const) {
      const wide = aPolicyException({ resources: [{ kind, name: "visit-v1.0.0" }] });
      expect(approvalRights(wide)[0]).not.toHaveProperty("namespace");
    }
  });
});

test("an exception is requested by who creates it", () => {
  const asked = aPolicyException({ approvals: undefined });
  expect(said(judged({ new: asked, user: ada }))).toEqual([]);
  expect(said(judged({ new: asked, user: grace }))).toEqual(["Deny exception/requested-by spec.requestedBy"]);
});
