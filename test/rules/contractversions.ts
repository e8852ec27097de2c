import { API_VERSION, type Manifest, type Right, type Wrong } from "./case.ts";

const contract = (spec: object, name = "visit-v1.0.0"): Manifest => ({
  apiVersion: API_VERSION,
  kind: "ContractVersion",
  metadata: { name },
  spec: { contract: "visit", version: "1.0.0", domain: "care", owner: "care", ...spec },
});
const fhir = { resources: ["Patient"] };
const json = { schema: { type: "object" } };
const lived = (lifecycle: object) => contract({ json, lifecycle });
const translated = (translation: object) => contract({ json, translations: [translation] });

export const WRONG_CONTRACT_VERSIONS: Wrong[] = [
  {
    title: "a name that is not contract and version",
    resource: contract({ json }, "visit-1.0.0"),
    says: "metadata.name must be <spec.contract>-v<spec.version>, e.g. patient-admission-v1.0.0",
  },
  {
    title: "two formats",
    resource: contract({ json, fhir }),
    says: "spec must have exactly one of fhir and json: the format of the payload",
  },
  {
    title: "no format",
    resource: contract({}),
    says: "spec must have exactly one of fhir and json: the format of the payload",
  },
  {
    title: "a translation from nowhere to nowhere",
    resource: translated({ jsonata: "$" }),
    says: "each of spec.translations must have exactly one of from and to: the neighbouring version",
  },
  {
    title: "a translation that goes both ways",
    resource: translated({ from: "0.9.0", to: "1.1.0", jsonata: "$" }),
    says: "each of spec.translations must have exactly one of from and to: the neighbouring version",
  },
  {
    title: "a translation of a version into itself",
    resource: translated({ from: "1.0.0", jsonata: "$" }),
    says: "from and to of spec.translations must name another version than spec.version",
  },
  {
    title: "a translation that does nothing",
    resource: translated({ from: "0.9.0" }),
    says: "each of spec.translations must have exactly one of patch and jsonata",
  },
  {
    title: "a move from nowhere",
    resource: translated({ from: "0.9.0", patch: [{ op: "move", path: "/a" }] }),
    says: "a patch operation must have from if op is move or copy, and only then",
  },
  {
    title: "a removal with a from",
    resource: translated({ from: "0.9.0", patch: [{ op: "remove", path: "/a", from: "/b" }] }),
    says: "a patch operation must have from if op is move or copy, and only then",
  },
  {
    title: "a sensitive element of a resource that the contract has not",
    resource: contract({ fhir, sensitivity: [{ path: "Pateint.telecom", level: "Confidential" }] }),
    says: "each path of spec.sensitivity must begin with one of spec.fhir.resources, e.g. Patient.telecom",
  },
  {
    title: "a level that is none",
    resource: contract({ fhir, sensitivity: [{ path: "Patient.name", level: "Secret" }] }),
    says: 'Unsupported value: "Secret"',
  },
  {
    title: "a generalisation to nothing in particular",
    resource: contract({ fhir, sensitivity: [{ path: "Patient.name", level: "Internal", minimise: "Generalise" }] }),
    says: "an entry of spec.sensitivity must have generaliseTo if minimise is Generalise, and only then",
  },
  {
    title: "two levels for one element",
    resource: contract({ fhir, sensitivity: ["Public", "Internal"].map((level) => ({ path: "Patient.name", level })) }),
    says: "spec.sensitivity[1]: Duplicate value",
  },
  {
    title: "a resource type twice",
    resource: contract({ fhir: { resources: ["Patient", "Patient"] } }),
    says: "spec.fhir.resources[1]: Duplicate value",
  },
  {
    title: "a version of more digits than are counted exactly",
    resource: contract({ json, version: "1000000000000000.0.0" }, "visit-v1000000000000000.0.0"),
    says: "spec.version: Invalid value",
  },
  {
    title: "a pre-release with a number that begins with zero",
    resource: contract({ json, version: "1.0.0-01" }, "visit-v1.0.0-01"),
    says: "spec.version: Invalid value",
  },
  {
    title: "a version that is no semantic version",
    resource: contract({ json, version: "1.0" }, "visit-v1.0"),
    says: "spec.version: Invalid value",
  },
  {
    title: "a deprecation of what was never published",
    resource: lived({ deprecatedOn: "2027-01-01T00:00:00Z" }),
    says: "spec.lifecycle.deprecatedOn needs spec.lifecycle.publishedOn, and must not be before it",
  },
  {
    title: "a deprecation before the publication",
    resource: lived({ publishedOn: "2027-01-01T00:00:00Z", deprecatedOn: "2027-01-01T00:59:59+01:00" }),
    says: "spec.lifecycle.deprecatedOn needs spec.lifecycle.publishedOn, and must not be before it",
  },
  {
    title: "a sunset before the deprecation",
    resource: lived({
      publishedOn: "2027-01-01T00:00:00Z",
      deprecatedOn: "2027-03-01T00:00:00Z",
      sunsetOn: "2027-02-01T00:00:00Z",
    }),
    says: "spec.lifecycle.sunsetOn needs spec.lifecycle.deprecatedOn, and must not be before it",
  },
  {
    title: "an end without a sunset",
    resource: lived({
      publishedOn: "2027-01-01T00:00:00Z",
      deprecatedOn: "2027-03-01T00:00:00Z",
      retiredOn: "2027-04-01T00:00:00Z",
    }),
    says: "spec.lifecycle.retiredOn needs spec.lifecycle.sunsetOn, and must not be before it",
  },
  {
    title: "an instant that is only a date",
    resource: lived({ publishedOn: "2027-01-01" }),
    says: "spec.lifecycle.publishedOn: Invalid value",
  },
  {
    title: "an instant without its distance from UTC",
    resource: lived({ publishedOn: "2027-01-01T00:00:00" }),
    says: "spec.lifecycle.publishedOn: Invalid value",
  },
  {
    title: "an instant on a day that is none",
    resource: lived({ publishedOn: "2027-02-29T00:00:00Z" }),
    says: "spec.lifecycle.publishedOn: Invalid value",
  },
  {
    title: "an instant to the millisecond",
    resource: lived({ publishedOn: "2027-02-28T00:00:00.001Z" }),
    says: "spec.lifecycle.publishedOn: Invalid value",
  },
  {
    title: "a version that replaces itself",
    resource: contract({ json, replacedBy: "1.0.0" }),
    says: "spec.replacedBy must name another version than spec.version",
  },
  {
    title: "a contract with dots",
    resource: contract({ json, contract: "a.b" }, "a.b-v1.0.0"),
    says: "spec.contract: Invalid value",
  },
  {
    title: "a contract without domain",
    resource: contract({ json, domain: undefined }),
    says: "spec.domain: Required value",
  },
  {
    title: "a promise that is none",
    resource: contract({ json, compatibility: "BackwardTransitive" }),
    says: 'Unsupported value: "BackwardTransitive"',
  },
  {
    title: "two examples of one name",
    resource: contract({ json, examples: ["a", "b"].map((payload) => ({ name: "one", payload })) }),
    says: "spec.examples[1]: Duplicate value",
  },
  {
    title: "an example without payload",
    resource: contract({ json, examples: [{ name: "one" }] }),
    says: "spec.examples[0].payload: Required value",
  },
];

export const RIGHT_CONTRACT_VERSIONS: Right[] = [
  {
    title: "examples of any payload",
    resource: contract({
      json,
      examples: [
        { name: "an-object", payload: { a: [{ b: 1 }] } },
        { name: "a-text", payload: "a" },
      ],
    }),
  },
  { title: "a promise beside its predecessor", resource: contract({ json, compatibility: "Full" }) },
  {
    title: "translations both ways, by patch and by expression",
    resource: contract({
      json,
      translations: [
        {
          from: "0.9.0",
          patch: [
            { op: "copy", from: "/a", path: "/b" },
            { op: "add", path: "/c", value: { d: [1] } },
          ],
        },
        { to: "0.9.0", jsonata: "$" },
      ],
    }),
  },
  { title: "a draft", resource: lived({}) },
  {
    title: "a life whose instants fall together, wherever they are told from",
    resource: lived({
      publishedOn: "2027-01-01T00:00:00Z",
      deprecatedOn: "2027-01-01T02:00:00+02:00",
      sunsetOn: "2026-12-31T19:00:00-05:00",
      retiredOn: "2027-01-01T00:00:00Z",
    }),
  },
  { title: "a successor", resource: contract({ json, replacedBy: "2.0.0" }) },
  { title: "a pre-release", resource: contract({ json, version: "1.0.0-rc.1" }, "visit-v1.0.0-rc.1") },
];
