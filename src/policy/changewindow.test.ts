import { expect, test } from "vitest";
import {
  aContractVersion,
  aDataDomain,
  aSource,
  aTarget,
  aWorld,
  anAdapterClass,
  anIntegration,
} from "../../test/builders/resources.ts";
import { CLOSED } from "./changewindow.ts";
import { evaluate } from "./evaluate.ts";
import type { Resource } from "./rule.ts";

const MONDAY = Date.parse("2027-03-01T12:00:00Z");
const TUESDAY_NIGHT = Date.parse("2027-03-02T22:00:00Z");

const plain = aDataDomain({ ehr: ["clinic/ehr"] });
const changeWindows = [{ schedule: "0 22 * * 2", durationMinutes: 120, timeZone: "Europe/Berlin" }];
const care = { ...plain, spec: { ...plain.spec, changeWindows } };
const visit = aContractVersion();
const order = aContractVersion({ contract: "order", domain: "billing" });
const world = aWorld(care, aDataDomain({}, "billing"), visit, order, aSource("ehr"), anIntegration("visits"));

const verdicts = (old: Resource | undefined, resource: Resource, now = MONDAY) =>
  evaluate({ operation: old ? "UPDATE" : "CREATE", old, new: resource, dryRun: false, now }, world, [CLOSED]);
const described = <R extends Resource>(resource: R): R => ({
  ...resource,
  spec: { ...resource.spec, description: "x" },
});

test.each<[string, Resource]>([
  ["an Integration that takes a contract of the domain", anIntegration("visits")],
  [
    "one that makes one by a reply",
    anIntegration("orders", {
      from: { contract: "order", version: "1.x" },
      to: [{ adapter: "lab", reply: { contract: "visit", version: "1.0.0" } }],
    }),
  ],
  ["an Adapter that emits one", aSource("lis")],
  ["an Adapter that accepts one", aTarget("lab")],
  [
    "an Adapter that acts as a system of the domain",
    aSource("ehr", 2575, { emits: [{ contract: "none", version: "1.0.0" }] }),
  ],
  ["a contract that is used", visit],
  ["the domain itself, by the windows that it had", care],
])("%s is changed in a window alone", (_title, resource) => {
  const [closed] = verdicts(resource, described(resource));
  expect([closed?.severity, closed?.path]).toEqual(["Deny", "spec"]);
  expect(closed?.message).toContain("opens 2027-03-02T21:00:00Z for 120 minutes");
  expect(closed?.message).toContain("PolicyException from change-window/closed");
  expect(verdicts(resource, described(resource), TUESDAY_NIGHT)).toEqual([]);
});

test("the domain does not change its windows to change itself", () => {
  expect(verdicts(care, plain)).toHaveLength(1);
});

test("what moves into the domain is changed in its windows, too", () => {
  const elsewhere = anIntegration("orders", { from: { contract: "order", version: "1.x" } });
  expect(verdicts(elsewhere, { ...anIntegration("visits"), metadata: elsewhere.metadata })).toHaveLength(1);
});

const labelled = {
  ...anIntegration("visits"),
  metadata: { name: "visits", namespace: "clinic", labels: { ward: "3" } },
};
const scaled = aSource("ehr", 2575, { replicas: 3 });
const billing = aSource("cash", 2575, { emits: [{ contract: "order", version: "1.0.0" }] });
const unused = aContractVersion({ version: "2.0.0" });
test.each<[string, Resource | undefined, Resource]>([
  ["what is created", undefined, anIntegration("new")],
  ["a label", anIntegration("visits"), labelled],
  ["the number of replicas", aSource("ehr"), scaled],
  ["the number of replicas, for an autoscaler to decide", scaled, aSource("ehr")],
  ["a contract that nothing uses", unused, described(unused)],
  ["what belongs to a domain without windows", order, described(order)],
  ["an Adapter of another domain", billing, described(billing)],
])("%s needs no window", (_title, old, resource) => {
  expect(verdicts(old, resource)).toEqual([]);
});

test("a class is changed in the windows of those domains whose Adapters it gives something else", () => {
  const zone = (timeZone: string, spec: object = {}) =>
    anAdapterClass({}, { isDefault: true, defaults: { timeZone }, ...spec });
  const [closed] = verdicts(zone("UTC"), zone("Asia/Tokyo"));
  expect([closed?.severity, closed?.path]).toEqual(["Deny", "spec"]);
  expect(closed?.message).toContain("what is in use in the domain care is changed in its change windows");
  expect(verdicts(undefined, zone("Asia/Tokyo"))).toHaveLength(1);
  expect(verdicts(zone("UTC"), zone("UTC", { isDefault: false }))).toHaveLength(1);
  expect(verdicts(zone("UTC"), zone("Asia/Tokyo"), TUESDAY_NIGHT)).toEqual([]);
  // What it requires stops nobody, and a class that holds for none of them changes nothing.
  expect(verdicts(zone("UTC"), zone("UTC", { require: { ownerContact: true } }))).toEqual([]);
  expect(verdicts(undefined, zone("UTC", { isDefault: false }))).toEqual([]);
});
