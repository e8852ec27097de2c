import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AuditRecord } from "../../src/api/audit.ts";
import { eventually } from "../builders/eventually.ts";
import { type Hospital, createHospital } from "../builders/hospital.ts";
import { freePort } from "../builders/ports.ts";
import { type FasciaProcess, jsonLines } from "../builders/process.ts";

// What an exception let pass is not taken away by its end, in a directory as on a cluster: nothing stops, and it is told.
// What begins after its end is refused.

let hospital: Hospital;
beforeEach(async () => {
  hospital = await createHospital();
});
afterEach(() => hospital.stop());

/** The class that the auditors' feed falls outside of: its owner has no address. */
const governed = (expiresOn: string) => `apiVersion: fascia.dev/v1alpha1
kind: AdapterClass
metadata: { name: reviewed }
spec: { owner: review board <review@hospital.example>, require: { ownerContact: true } }
---
apiVersion: fascia.dev/v1alpha1
kind: PolicyException
metadata: { name: nobody-yet }
spec:
  requestedBy: ada
  reason: nobody answers for the feed yet
  rules: [baseline/owner]
  resources: [{ kind: Adapter, name: audit }]
  expiresOn: "${expiresOn}"
  reviewOn: "${expiresOn}"
  approvals: [{ approver: grace }]
`;
const seconds = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
const said = ({ output }: FasciaProcess, what: string) => jsonLines(output().stderr).filter(({ msg }) => msg === what);
const OVER = "what an exception let pass goes on after its end";

/** What the audit has, oldest first. */
async function audited(): Promise<unknown[]> {
  const records = jsonLines(await hospital.command("audit", "-o", "json")) as unknown as AuditRecord[];
  return records.map(({ verdict, goesOn = false, resource: { kind, name }, rules, count }) => ({
    verdict,
    goesOn,
    what: `${kind} ${name}`,
    count,
    rules: rules.map(({ rule, exception }) => (exception ? `${rule} by ${exception.name}` : rule)),
  }));
}

async function govern(expiresOn: string): Promise<void> {
  await writeFile(join(hospital.manifests, "govern.yaml"), governed(expiresOn));
  const outside = (text: string) => text.replace(/^  owner: .*$/m, "  owner: somebody\n  class: reviewed");
  await hospital.edit("audit.yaml", outside);
}

test("a directory that begins after the end of its exception is refused, and leaves nothing in effect", async () => {
  await govern("2026-01-01T00:00:00Z");
  const refused = /audit\.yaml:\d+: spec\.owner: .*, which let this pass, ended on 2026-01-01/s;
  await expect(hospital.run()).rejects.toThrow(refused);
  await expect(hospital.run()).rejects.toThrow(refused);
});

test("the end of an exception is told when it comes, though nobody edits anything; a restart goes on, and can be edited", async () => {
  await govern(seconds(Date.now() + 12_000));
  const running = await hospital.run();
  expect([said(running, "allowed with a warning").length, said(running, OVER).length]).toEqual([1, 0]);
  const used = {
    verdict: "AllowedByException",
    goesOn: false,
    what: "Adapter audit",
    count: 1,
    rules: ["baseline/owner by nobody-yet"],
  };
  await eventually(async () => expect(await audited()).toEqual([used]));
  await eventually(() => expect(said(running, OVER)).toHaveLength(1), 20_000);
  const over = { ...used, verdict: "Denied", goesOn: true, rules: ["baseline/owner"] };
  await eventually(async () => expect(await audited()).toEqual([used, over]));
  await running.stop();
  const again = await hospital.run();
  expect(said(again, OVER)).toMatchObject([
    {
      level: "error",
      code: "baseline/owner",
      path: "spec.owner",
      reason: expect.stringMatching(/PolicyException default\/nobody-yet, which let this pass, ended on/),
    },
  ]);
  const port = await freePort();
  await hospital.edit("ehr.yaml", (text) => text.replace(`port: ${hospital.ehrPort}`, `port: ${port}`));
  await eventually(() => expect(said(again, "manifests are in effect")).toHaveLength(2));
  expect(said(again, OVER)).toHaveLength(1);
  await hospital.edit("billing.yaml", (text) => text.replace(/^  owner: .*$/m, "  owner: nobody\n  class: reviewed"));
  await eventually(() => expect(said(again, "edit refused")).toMatchObject([{ code: "baseline/owner" }]));
  const added = { ...over, goesOn: false, what: "Adapter billing" };
  await eventually(async () => expect(await audited()).toEqual([used, over, added]));
});

test("what an exception lets pass is recorded once, over a restart, too", async () => {
  await govern(seconds(Date.now() + 3_600_000));
  const once = [{ verdict: "AllowedByException", count: 1, rules: ["baseline/owner by nobody-yet"] }];
  const first = await hospital.run();
  await eventually(async () => expect(await audited()).toMatchObject(once));
  await first.stop();
  const second = await hospital.run();
  await hospital.edit("billing.yaml", (text) => text.replace(/^  owner: .*$/m, "  owner: nobody\n  class: reviewed"));
  await eventually(() => expect(said(second, "edit refused")).toHaveLength(1));
  const denied = { verdict: "Denied", what: "Adapter billing" };
  await eventually(async () => expect(await audited()).toMatchObject([...once, denied]));
});

test("an edit of what was promised is refused, and shows beside readiness until it is taken back", async () => {
  const port = await freePort();
  const running = await hospital.run("--telemetry", String(port));
  const ready = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).text();
  const widen = (text: string) => text.replace("eligible: { type: boolean }", "eligible: { type: string }");
  await hospital.edit("contracts.yaml", widen);
  await eventually(() =>
    expect(said(running, "edit refused")).toMatchObject([{ code: "lifecycle/published-changed" }]),
  );
  expect(await ready()).toMatch(/^ok\nmanifests: the last edit is refused/);
  await hospital.edit("contracts.yaml", (text) =>
    text.replace("eligible: { type: string }", "eligible: { type: boolean }"),
  );
  await eventually(async () => expect(await ready()).toBe("ok\n"));
});
