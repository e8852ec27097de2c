import { expect, test } from "vitest";
import { aContractVersion, aDataDomain, aTarget, aWorld, anIntegration } from "../../../test/builders/resources.ts";
import type { Adapter } from "../../api/adapter.ts";
import { evaluate } from "../evaluate.ts";
import type { Resource, Verdict } from "../rule.ts";
import { judgeState } from "../state.ts";
import { NO_CONSUMER } from "./consumer.ts";
import { WRITE_PATH } from "./writepath.ts";

/** Patients belong to the EHR, which nobody writes back to, and only the laboratory receives them. */
const bare = aDataDomain();
const onConflict = "Reject" as const;
const entities = [{ entity: "Patient", primary: "ehr", onConflict, consumers: ["lis"], writePaths: [] }];
const care = { ...bare, spec: { ...bare.spec, entities } };
const carrying = (version: string, ...resources: string[]) =>
  aContractVersion({ version, json: undefined, fhir: { release: "R4", resources } });
const accepting = (system: string, ...versions: string[]): Adapter =>
  aTarget("lab", { system, accepts: versions.map((version) => ({ contract: "visit", version })) });
const route = anIntegration("visits");
const others = [care, carrying("1.0.0", "Encounter"), carrying("1.1.0", "Encounter", "Patient"), route];

const rules = [NO_CONSUMER, WRITE_PATH];
const said = (verdicts: readonly Verdict[]): string[] =>
  verdicts.map(({ severity, rule, path }) => `${severity} ${rule} ${path}`);
function applied(adapter: Adapter, before?: Adapter): Verdict[] {
  const change = { new: adapter, old: before, dryRun: false, now: 0 };
  return evaluate({ ...change, operation: before ? "UPDATE" : "CREATE" }, aWorld(...others), rules);
}

test.each<[string, Adapter, Adapter | undefined, string[]]>([
  [
    "comes under the name that a route waits for",
    accepting("ris", "1.1.0"),
    undefined,
    ["Deny no-consumer spec.accepts[0]"],
  ],
  ["comes there as one that may", accepting("lis", "1.1.0"), undefined, []],
  [
    "comes to accept what it may not have",
    accepting("ris", "1.0.0", "1.1.0"),
    accepting("ris", "1.0.0"),
    ["Deny no-consumer spec.accepts[1]"],
  ],
  [
    "comes to act as another system",
    accepting("ris", "1.1.0"),
    accepting("lis", "1.1.0"),
    ["Deny no-consumer spec.accepts[0]"],
  ],
  [
    "comes to act as the one that owns it",
    accepting("ehr", "1.1.0"),
    accepting("lis", "1.1.0"),
    ["Deny write-path spec.accepts[0]"],
  ],
  ["was wrong before", accepting("ris", "1.1.0"), accepting("ris", "1.1.0"), ["Warn no-consumer spec.accepts[0]"]],
])("An Adapter that %s", (_title, adapter, before, verdicts) => {
  expect(said(applied(adapter, before)).map((each) => each.replace("ownership/", ""))).toEqual(verdicts);
});

test("An Adapter is told by which route it would receive what it may not", () => {
  expect(applied(accepting("ris", "1.1.0"))[0]?.message).toMatch(
    /^Integration clinic\/visits delivers it: Adapter clinic\/lab acts as the system ris, which is no consumer of Patient, and visit-v1\.1\.0 carries it: ask/,
  );
});

test("Of a route and the Adapter that it delivers to, the later one is denied", () => {
  const made = (resource: Resource, creationTimestamp: string): Resource =>
    ({ ...resource, metadata: { ...resource.metadata, creationTimestamp } }) as Resource;
  const [early, late] = ["2027-01-01T00:00:00Z", "2027-01-02T00:00:00Z"];
  const denied = (first: Resource, second: Resource) =>
    judgeState(aWorld(...others.slice(0, -1), made(first, early), made(second, late)), 0, { rules }).map(
      ({ resource, verdicts }) => [resource.kind, ...said(verdicts)],
    );
  const adapter = accepting("ris", "1.1.0");
  expect(denied(adapter, route)).toEqual([["Integration", "Deny ownership/no-consumer spec.event.to[0].adapter"]]);
  expect(denied(route, adapter)).toEqual([["Adapter", "Deny ownership/no-consumer spec.accepts[0]"]]);
});
