import { type DataDomain, dataDomain, dataDomainSpec } from "./datadomain.ts";
import { type KindInfo, LAST_COLUMNS, READY_COLUMNS, label } from "./meta.ts";
import { ownerRule } from "./owner.ts";

export const dataDomainKind: KindInfo<DataDomain> = {
  kind: "DataDomain",
  description:
    "A data domain, which contracts name in `spec.domain`: who answers for its data, and which Adapters may act as its systems.",
  plural: "datadomains",
  shortNames: ["dd"],
  scope: "Cluster",
  resource: dataDomain,
  spec: dataDomainSpec,
  rules: [
    ownerRule,
    {
      rule: "self.metadata.name.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?$') && size(self.metadata.name) <= 63",
      message:
        "metadata.name must be small letters, digits and inner hyphens, 63 at most: contracts name it as their domain",
      fieldPath: ".metadata.name",
      holds: ({ metadata }) => label.safeParse(metadata.name).success,
    },
    {
      rule:
        "!has(self.spec.entities) || self.spec.entities.all(e, " +
        "has(self.spec.systems) && self.spec.systems.exists(s, s.system == e.primary))",
      message:
        "the primary system of an entity must be one of spec.systems: where nobody says which Adapters act as it, each could",
      fieldPath: ".spec.entities",
      holds: ({ spec }) =>
        (spec.entities ?? []).every(({ primary }) => spec.systems?.some(({ system }) => system === primary) === true),
    },
    {
      rule: "!has(self.spec.entities) || self.spec.entities.all(e, !has(e.fields) || e.fields.all(f, f.path.startsWith(e.entity + '.')))",
      message: "a path must begin with its entity and a dot, e.g. `Patient.telecom` of `Patient`",
      fieldPath: ".spec.entities",
      holds: ({ spec }) =>
        (spec.entities ?? []).every(({ entity, fields = [] }) =>
          fields.every(({ path }) => path.startsWith(`${entity}.`)),
        ),
    },
  ],
  printerColumns: [
    ...READY_COLUMNS,
    { name: "Owner", type: "string", jsonPath: ".spec.owner", priority: 1 },
    ...LAST_COLUMNS,
  ],
};
