import { type AdapterClass, adapterClass, adapterClassSpec } from "./adapterclass.ts";
import { type KindInfo, LAST_COLUMNS, READY_COLUMNS } from "./meta.ts";
import { ownerRule } from "./owner.ts";

export const adapterClassKind: KindInfo<AdapterClass> = {
  kind: "AdapterClass",
  description:
    "What Adapters have to keep before they may run, whoever writes them. An Adapter names its class in `spec.class`.",
  plural: "adapterclasses",
  shortNames: ["adc"],
  scope: "Cluster",
  resource: adapterClass,
  spec: adapterClassSpec,
  rules: [ownerRule],
  printerColumns: [
    ...READY_COLUMNS,
    { name: "Default", type: "string", jsonPath: ".spec.isDefault" },
    { name: "Restricted", type: "string", jsonPath: ".spec.restricted", priority: 1 },
    { name: "Owner", type: "string", jsonPath: ".spec.owner", priority: 1 },
    ...LAST_COLUMNS,
  ],
};
