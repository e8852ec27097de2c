import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { condition } from "../../api/meta.ts";
import { conditionsOf, no, withProgress, yes } from "./conditions.ts";
import { contractVersionVerdicts } from "./contractversion.ts";
import { integrationVerdicts } from "./integration.ts";
import { REASONS, type Reason } from "./reasons.ts";

const [T1, T2] = ["2027-01-01T00:00:00Z", "2027-01-01T00:01:00Z"];
const ready = yes("Running", "its pod is ready");

describe("Conditions", () => {
  const first = conditionsOf(withProgress(ready), 1, [], T1);

  it("are as the API has them, each with the generation that it speaks of", () => {
    for (const each of first) expect(condition.parse(each)).toEqual(each);
    expect(first.map(({ observedGeneration }) => observedGeneration)).toEqual([1, 1, 1]);
  });

  it("are the same for the same verdicts, however often", () => {
    expect(conditionsOf(withProgress(ready), 1, first, T2)).toEqual(first);
  });

  it("keep their time when only reason, message or generation change", () => {
    const later = conditionsOf(withProgress(yes("ScaledToZero", "nothing runs")), 2, first, T2);
    expect(later.map(({ lastTransitionTime }) => lastTransitionTime)).toEqual([T1, T1, T1]);
    expect(later[0]).toMatchObject({ reason: "ScaledToZero", observedGeneration: 2 });
  });

  it("take a new time, each of its own, when their status changes", () => {
    const later = conditionsOf(withProgress(no("Invalid", "no such zone")), 1, first, T2);
    expect(later.map(({ type, lastTransitionTime }) => [type, lastTransitionTime])).toEqual([
      ["Ready", T2],
      ["Reconciling", T1],
      ["Stalled", T2],
    ]);
  });
});

describe("A reason", () => {
  const names = Object.keys(REASONS) as Reason[];

  it.each(names)("%s is at most one of Reconciling and Stalled", (reason) => {
    const { Reconciling, Stalled } = withProgress(no(reason, ""));
    const { progress } = REASONS[reason];
    expect([Reconciling.status, Stalled.status]).toEqual([
      progress === "working" ? "True" : "False",
      progress === "stalled" ? "True" : "False",
    ]);
  });

  it("is explained in docs/kubernetes.md with the same words, and none is that is gone", async () => {
    const page = await readFile(new URL("../../../docs/kubernetes.md", import.meta.url), "utf8");
    const rows = Array.from(page.matchAll(/^\| `([A-Z]\w+)` \| (\w+) \| (.+) \|$/gm), ([, ...row]) => row);
    expect(rows).toEqual(names.map((name) => [name, REASONS[name].progress, REASONS[name].means]));
  });
});

describe("An Integration", () => {
  const well = { invalid: [], missing: [], hub: { state: "Programmed" as const }, targets: ["billing", "audit"] };
  const missing = [
    { kind: "Adapter" as const, text: "Adapter billing is not there", path: "spec.event.to[0].adapter" },
  ];

  it.each([
    ["is ready once its targets are subscribed", {}, "True", "Subscribed", "billing, audit"],
    [
      "names no more targets than anybody reads",
      { targets: ["billing", "audit", "lab", "app", "ward"] },
      "True",
      "Subscribed",
      "billing, audit, lab and 2 more",
    ],
    [
      "waits for an Adapter",
      { missing },
      "False",
      "AdapterMissing",
      "Adapter billing is not there (spec.event.to[0].adapter)",
    ],
    [
      "waits for the hub",
      { hub: { state: "Pending" as const } },
      "Unknown",
      "Pending",
      "the hub is not programmed yet",
    ],
    [
      "is denied by rules",
      { denied: { reasons: ["spec.event: a (x/y)", "spec: b (x/z)"], goesOn: false } },
      "False",
      "PolicyDenied",
      "spec.event: a (x/y); spec: b (x/z)",
    ],
    ["can't work", { invalid: ["spec.event.filter: no JSONata"] }, "False", "Invalid", "spec.event.filter: no JSONata"],
  ])("%s", (_title, facts, status, reason, message) => {
    expect(integrationVerdicts({ ...well, ...facts }).Ready).toEqual({ status, reason, message });
  });
});

describe("A ContractVersion", () => {
  const well = {
    isDeleting: false,
    invalid: [],
    hub: { state: "Programmed" as const },
    users: ["Integration clinic/a", "Adapter clinic/b", "Adapter clinic/c"],
  };
  const denied = { reasons: ["spec.domain: it is care's (contracts/domain-differs)"], goesOn: false };

  it.each([
    ["is ready when it holds", {}, "True", "Valid", "in use"],
    ["can't be used", { invalid: ["spec.json.schema: no schema"] }, "False", "Invalid", "spec.json.schema: no schema"],
    [
      "stays while it is used",
      { isDeleting: true },
      "False",
      "InUse",
      "deleted once nothing uses it: Integration clinic/a; Adapter clinic/b; and 1 more",
    ],
    [
      "is denied by a rule",
      { denied },
      "False",
      "PolicyDenied",
      "spec.domain: it is care's (contracts/domain-differs)",
    ],
    ["is nothing yet", { hub: { state: "Pending" as const } }, "Unknown", "Pending", "the hub is not programmed yet"],
    [
      "does not wait for a hub that is away",
      { hub: { state: "Unavailable" as const, reason: "r" } },
      "True",
      "Valid",
      "in use",
    ],
    ["has nothing that keeps it", { isDeleting: true, users: [] }, "True", "Valid", "nothing uses it"],
  ])("%s", (_title, facts, status, reason, message) => {
    expect(contractVersionVerdicts({ ...well, ...facts }).Ready).toEqual({ status, reason, message });
  });

  it.each([
    ["that is denied", { denied }, "False", "PolicyDenied"],
    ["that was in effect when it was denied", { denied: { ...denied, goesOn: true } }, "True", "Programmed"],
    ["that nothing denies", {}, "True", "Programmed"],
  ])("%s tells by itself whether it is in effect", (_title, facts, status, reason) => {
    expect(contractVersionVerdicts({ ...well, ...facts }).Programmed).toMatchObject({ status, reason });
  });
});
