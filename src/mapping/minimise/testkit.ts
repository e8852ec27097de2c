import type { ContractVersionSpec, Sensitivity } from "../../api/contractversion.ts";
import { minimise } from "../minimise.ts";
import type { Substitutes } from "./report.ts";

/** Contracts, Bundles and a token that shows only how long a value was, for tests. */
const base = {
  contract: "admission",
  version: "1.0.0",
  domain: "registration",
  owner: "Registration <r@hospital.example>",
};

type Rule = Pick<Sensitivity, "path" | "level"> & Partial<Sensitivity>;

const rulesOf = (rules: Rule[]): Sensitivity[] => rules.map((rule) => ({ minimise: "Remove", ...rule }));

export const fhir = (...rules: Rule[]): ContractVersionSpec => ({
  ...base,
  fhir: { release: "R4", resources: ["Patient", "Encounter"] },
  sensitivity: rulesOf(rules),
});

export const json = (...rules: Rule[]): ContractVersionSpec => ({
  ...base,
  json: { schema: {} },
  sensitivity: rulesOf(rules),
});

export const token = (value: string): string => `token:${value.length}`;

/** Tokens, in March 2027. */
export const substitutes: Substitutes = { token, at: Date.parse("2027-03-01T00:00:00Z") };

export const bundle = (...resources: object[]) => ({
  resourceType: "Bundle",
  type: "message",
  entry: resources.map((resource, index) => ({ fullUrl: `urn:uuid:${index}`, resource })),
});

export const resourcesOf = (result: { payload: unknown }): unknown[] =>
  ((result.payload as { entry?: { resource: unknown }[] }).entry ?? []).map((entry) => entry.resource);

/** The resources as a receiver of Internal clearance sees them. */
export const seen = (contract: ContractVersionSpec, ...resources: object[]) =>
  resourcesOf(minimise(bundle(...resources), contract, "Internal", substitutes));
