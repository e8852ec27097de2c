import { expect, it } from "vitest";
import { aContractVersion, aDataDomain, aSource, aTarget, anIntegration } from "../../test/builders/resources.ts";
import type { EntityOwnership } from "../api/datadomain.ts";
import { compile } from "./compile.ts";
import { type Resource, byKind } from "./resources.ts";

const PATIENT = {
  entity: "Patient",
  primary: "ehr",
  fields: [{ path: "Patient.telecom", primary: "portal" }],
  onConflict: "Strip",
};
const ALLERGY = { entity: "AllergyIntolerance", primary: "ehr" };

function aDomain(entities: object[], name = "care", created = "2027-01-01T00:00:00Z") {
  const domain = aDataDomain({ ehr: ["clinic/ehr"] }, name);
  domain.metadata["creationTimestamp"] = created;
  return { ...domain, spec: { ...domain.spec, entities: entities as EntityOwnership[] } };
}

const visit = aContractVersion({ json: undefined, fhir: { release: "R4", resources: ["Encounter"] } });
const configOf = (name: string, ...resources: Resource[]) =>
  compile(byKind(resources)).configs.find((config) => config.name === name);
const entitiesOf = (found: { entity: string }[] | undefined) => found?.map(({ entity }) => entity);

const fhir = { http: undefined, fhir: { target: { url: "http://127.0.0.1/fhir" } } };
const lab = aTarget("lab", fhir);

it("an adapter that sends FHIR to the hub is told of every entity that is not all its system's, for any may be contained", () => {
  const emitted = (system: string) =>
    configOf(system, visit, aDomain([PATIENT, ALLERGY]), aSource(system))?.ownership?.emitted;
  expect(entitiesOf(emitted("ehr"))).toEqual(["Patient"]);
  expect(entitiesOf(emitted("portal"))).toEqual(["AllergyIntolerance", "Patient"]);
  expect(emitted("billing")?.[1]).toEqual({ ...PATIENT, domain: "care", owner: "care <care@hospital.example>" });
});

it("who replies with FHIR is told, too", () => {
  const reply = { contract: "visit", version: "1.0.0" };
  const route = anIntegration("visits", { to: [{ adapter: "lab", reply }] });
  const target = aTarget("lab");
  expect(entitiesOf(configOf("lab", visit, aDomain([ALLERGY]), target, route)?.ownership?.emitted)).toHaveLength(1);
  expect(configOf("lab", visit, aDomain([ALLERGY]), target, anIntegration("visits"))?.ownership).toBeUndefined();
});

it("who owns what is no new configuration of whom it does not concern", () => {
  const revision = (name: string, ...resources: Resource[]) => configOf(name, ...resources)?.revision;
  const [ehr, route] = [aSource("ehr"), anIntegration("visits")];
  expect(revision("ehr", visit, ehr, aDomain([ALLERGY]))).toBe(revision("ehr", visit, ehr));
  expect(revision("ehr", aContractVersion(), ehr, aDomain([PATIENT]))).toBe(revision("ehr", aContractVersion(), ehr));
  expect(revision("lab", visit, aTarget("lab"), route, aDomain([PATIENT]))).toBe(
    revision("lab", visit, aTarget("lab"), route),
  );
  expect(revision("lab", visit, lab, route, aDomain([ALLERGY]))).toBe(revision("lab", visit, lab, route));
  expect(revision("lab", visit, lab, aDomain([PATIENT]))).toBe(revision("lab", visit, lab));
});

it("a FHIR target is told what is not all its senders', and which system each adapter acts as that its messages come from", () => {
  const sources = ["ehr", "portal", "other"].map((name) => aSource(name));
  const stranger = aSource("ehr", 2575, {}, "elsewhere");
  const unrelated = aSource("silent", 2575, { emits: [{ contract: "note", version: "1.0.0" }] });
  const replying = anIntegration("asked", {
    to: [{ adapter: "registry", reply: { contract: "visit", version: "1.0.0" } }],
  });
  const registry = aTarget("registry", { system: "mpi" });
  const world = [visit, aDomain([PATIENT, ALLERGY]), ...sources, stranger, unrelated, registry, lab];
  const written = (from: object) =>
    configOf("lab", ...world, replying, anIntegration("visits", { from }))?.ownership?.written;
  const all = { contract: "visit", version: "^1.0.0" };
  expect(entitiesOf(written(all)?.entities)).toEqual(["AllergyIntolerance", "Patient"]);
  expect(entitiesOf(written({ ...all, adapters: ["ehr"] })?.entities)).toEqual(["Patient"]);
  expect(written(all)?.systems).toEqual({
    "clinic/ehr": "ehr",
    "clinic/other": "other",
    "clinic/portal": "portal",
    "clinic/registry": "mpi",
  });
  expect(written({ ...all, adapters: ["portal"] })?.systems).toEqual({ "clinic/portal": "portal" });
});

it("of two domains that claim an entity the earlier one is believed, whatever the order of resources", () => {
  const first = aDomain([{ ...ALLERGY, primary: "ehr" }], "zebra", "2026-01-01T00:00:00Z");
  const second = aDomain([{ ...ALLERGY, primary: "billing" }], "aaa");
  const revisions = [
    [first, second],
    [second, first],
  ].map((domains) => configOf("lab2", visit, aSource("lab2"), ...domains));
  expect(revisions[0]?.ownership?.emitted?.[0]).toMatchObject({ domain: "zebra", primary: "ehr" });
  expect(revisions[1]?.revision).toBe(revisions[0]?.revision);
});
