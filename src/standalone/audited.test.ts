import { expect, test } from "vitest";
import { aContractVersion, aDataDomain, aPolicyException, aSource, aWorld } from "../../test/builders/resources.ts";
import type { AuditRecord } from "../api/audit.ts";
import type { Resource } from "../policy/rule.ts";
import { recordAdmitted, recordRefused } from "./audited.ts";
import { admitManifests } from "./verdicts.ts";

// A Monday noon; the window opens on Tuesday night.
const NOW = Date.parse("2027-03-01T12:00:00Z");
const plain = aDataDomain({ ehr: ["clinic/ehr"] });
const changeWindows = [{ schedule: "0 22 * * 2", durationMinutes: 120, timeZone: "Europe/Berlin" }];
const care = { ...plain, spec: { ...plain.spec, changeWindows } };
const urgent = {
  rules: ["change-window/closed"],
  resources: [{ kind: "Adapter" as const, name: "ehr" }],
};

/** What is recorded of an edit of the Adapter while its domain's window is closed, and what of it is refused. */
async function moved(...exceptions: Resource[]): Promise<{ refused: string[]; records: AuditRecord[] }> {
  const state = (port: number) => aWorld(aContractVersion(), care, aSource("ehr", port), ...exceptions);
  const located = { resources: state(2576), locate: () => ({ file: "ehr.yaml", line: 1 }) };
  const admitted = await admitManifests(located, NOW, { former: state(2575) });
  const records: AuditRecord[] = [];
  const audit = { record: (record: AuditRecord) => void records.push(record) };
  if (admitted.refused.length > 0) recordRefused(admitted, NOW, audit);
  else recordAdmitted(admitted, NOW, audit);
  return { refused: admitted.refused.map(({ rule }) => rule), records };
}

const record = { by: "Run", at: NOW, count: 1, resource: { kind: "Adapter", namespace: "clinic", name: "ehr" } };
const closed = { rule: "change-window/closed", path: "spec" };

test.each<[string, Resource[]]>([
  ["without an exception", []],
  ["with one that nobody has approved", [aPolicyException({ ...urgent, approvals: undefined })]],
  ["with one that has ended", [aPolicyException({ ...urgent, expiresOn: "2027-02-28T00:00:00Z" })]],
  ["with one from another rule", [aPolicyException({ ...urgent, rules: ["baseline/owner"] })]],
])("an edit outside of its change window is refused %s, and recorded as denied", async (_title, exceptions) => {
  const { refused, records } = await moved(...exceptions);
  expect(refused).toEqual(["change-window/closed"]);
  expect(records).toEqual([{ ...record, verdict: "Denied", rules: [closed] }]);
});

test("an edit outside of its change window is let pass by an approved exception, which the record names", async () => {
  const { refused, records } = await moved(aPolicyException(urgent));
  const exception = { namespace: "clinic", name: "old-lab", until: "2027-05-01T00:00:00Z" };
  expect(refused).toEqual([]);
  expect(records).toEqual([{ ...record, verdict: "AllowedByException", rules: [{ ...closed, exception }] }]);
});
