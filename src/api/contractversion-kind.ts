import { contractVersionStatus } from "./contractversion-status.ts";
import { type ContractVersion, type Lifecycle, contractVersion, contractVersionSpec } from "./contractversion.ts";
import { contractVersionName } from "./contractversionname.ts";
import { type KindInfo, LAST_COLUMNS, READY_COLUMNS, type Rule } from "./meta.ts";
import { ownerRule } from "./owner.ts";

const WITH_FROM = new Set(["move", "copy"]);

/** Of `earlier` and `later`, which stand next to each other, the later one needs the earlier one and is not before it. */
function inOrder(earlier: keyof Lifecycle, later: keyof Lifecycle): Rule<ContractVersion> {
  const [a, b] = [`self.spec.lifecycle.${earlier}`, `self.spec.lifecycle.${later}`];
  return {
    rule: `!has(self.spec.lifecycle) || !has(${b}) || has(${a}) && timestamp(${a}) <= timestamp(${b})`,
    message: `spec.lifecycle.${later} needs spec.lifecycle.${earlier}, and must not be before it`,
    fieldPath: `.spec.lifecycle.${later}`,
    holds: ({ spec: { lifecycle = {} } }) => {
      const { [earlier]: before, [later]: after } = lifecycle;
      return after === undefined || (before !== undefined && Date.parse(before) <= Date.parse(after));
    },
  };
}

const rules: Rule<ContractVersion>[] = [
  ownerRule,
  {
    rule: "self.metadata.name == self.spec.contract + '-v' + self.spec.version",
    message: "metadata.name must be <spec.contract>-v<spec.version>, e.g. patient-admission-v1.0.0",
    fieldPath: ".metadata.name",
    holds: ({ metadata, spec }) => metadata.name === contractVersionName(spec),
  },
  {
    rule: "has(self.spec.fhir) != has(self.spec.json)",
    message: "spec must have exactly one of fhir and json: the format of the payload",
    fieldPath: ".spec",
    holds: ({ spec }) => !spec.fhir !== !spec.json,
  },
  {
    rule: "!has(self.spec.translations) || self.spec.translations.all(t, has(t.from) != has(t.to))",
    message: "each of spec.translations must have exactly one of from and to: the neighbouring version",
    fieldPath: ".spec.translations",
    holds: ({ spec }) => (spec.translations ?? []).every(({ from, to }) => !from !== !to),
  },
  {
    rule: "!has(self.spec.translations) || self.spec.translations.all(t, t.?from.orValue('') != self.spec.version && t.?to.orValue('') != self.spec.version)",
    message: "from and to of spec.translations must name another version than spec.version",
    fieldPath: ".spec.translations",
    holds: ({ spec }) =>
      (spec.translations ?? []).every(({ from, to }) => from !== spec.version && to !== spec.version),
  },
  {
    rule: "!has(self.spec.translations) || self.spec.translations.all(t, has(t.patch) != has(t.jsonata))",
    message: "each of spec.translations must have exactly one of patch and jsonata",
    fieldPath: ".spec.translations",
    holds: ({ spec }) => (spec.translations ?? []).every(({ patch, jsonata }) => !patch !== !jsonata),
  },
  {
    rule: "!has(self.spec.translations) || self.spec.translations.all(t, !has(t.patch) || t.patch.all(o, has(o.from) == (o.op == 'move' || o.op == 'copy')))",
    message: "a patch operation must have from if op is move or copy, and only then",
    fieldPath: ".spec.translations",
    holds: ({ spec }) =>
      (spec.translations ?? []).every(({ patch }) =>
        (patch ?? []).every(({ op, from }) => WITH_FROM.has(op) === (from !== undefined)),
      ),
  },
  {
    rule: "!has(self.spec.fhir) || !has(self.spec.sensitivity) || self.spec.sensitivity.all(s, s.path.split('.')[0] in self.spec.fhir.resources)",
    message: "each path of spec.sensitivity must begin with one of spec.fhir.resources, e.g. Patient.telecom",
    fieldPath: ".spec.sensitivity",
    holds: ({ spec }) => {
      const resources = spec.fhir?.resources;
      return !resources || (spec.sensitivity ?? []).every(({ path }) => resources.includes(path.split(".")[0] ?? ""));
    },
  },
  {
    rule: "!has(self.spec.sensitivity) || self.spec.sensitivity.all(s, has(s.generaliseTo) == (s.?minimise.orValue('') == 'Generalise'))",
    message: "an entry of spec.sensitivity must have generaliseTo if minimise is Generalise, and only then",
    fieldPath: ".spec.sensitivity",
    holds: ({ spec }) =>
      (spec.sensitivity ?? []).every(
        (entry) => (entry.minimise === "Generalise") === (entry.generaliseTo !== undefined),
      ),
  },
  inOrder("publishedOn", "deprecatedOn"),
  inOrder("deprecatedOn", "sunsetOn"),
  inOrder("sunsetOn", "retiredOn"),
  {
    rule: "!has(self.spec.replacedBy) || self.spec.replacedBy != self.spec.version",
    message: "spec.replacedBy must name another version than spec.version",
    fieldPath: ".spec.replacedBy",
    holds: ({ spec }) => spec.replacedBy !== spec.version,
  },
];

export const contractVersionKind: KindInfo<ContractVersion> = {
  kind: "ContractVersion",
  description:
    "One version of a contract: what a message on the hub looks like, whose it is and what in it is sensitive. Once in use it is never changed; a new version is.",
  plural: "contractversions",
  shortNames: ["cv"],
  scope: "Cluster",
  resource: contractVersion,
  spec: contractVersionSpec,
  rules,
  status: contractVersionStatus,
  printerColumns: [
    ...READY_COLUMNS,
    { name: "Phase", type: "string", jsonPath: ".status.phase" },
    { name: "Uses", type: "integer", jsonPath: ".status.useCount" },
    { name: "Days Left", type: "integer", jsonPath: ".status.daysLeft" },
    { name: "Drift", type: "integer", jsonPath: ".status.driftCount", priority: 1 },
    { name: "Domain", type: "string", jsonPath: ".spec.domain", priority: 1 },
    { name: "Contract", type: "string", jsonPath: ".spec.contract", priority: 1 },
    { name: "Version", type: "string", jsonPath: ".spec.version", priority: 1 },
    { name: "Owner", type: "string", jsonPath: ".spec.owner", priority: 1 },
    ...LAST_COLUMNS,
  ],
};
