import type { ContractVersionSpec } from "../../api/contractversion.ts";
import { compareSchemas } from "./compare.ts";
import { asking, type Difference } from "./difference.ts";

/** By the two specs, which nobody changes: a whole state is judged again and again. */
const compared = new WeakMap<ContractVersionSpec, WeakMap<ContractVersionSpec, readonly Difference[]>>();

/** What messages of `writer` may hold and `reader` does not take, place by place. Levels of sensitivity do not count. */
export function compareContracts(writer: ContractVersionSpec, reader: ContractVersionSpec): readonly Difference[] {
  const byReader = compared.get(writer) ?? new WeakMap<ContractVersionSpec, readonly Difference[]>();
  compared.set(writer, byReader);
  const differences = byReader.get(reader) ?? differencesOf(writer, reader);
  byReader.set(reader, differences);
  return differences;
}

function differencesOf(writer: ContractVersionSpec, reader: ContractVersionSpec): Difference[] {
  if (writer.json && reader.json) return compareSchemas(writer.json.schema, reader.json.schema);
  if (!writer.fhir || !reader.fhir) return [asking(reader.fhir ? "FHIR, not JSON" : "JSON, not FHIR", true)];
  const { resources, schema = true } = writer.fhir;
  const taken = new Set(reader.fhir.resources);
  const removed = resources.filter((type) => !taken.has(type));
  const path = ["entry", "*", "resource"];
  return [
    ...removed.map((type) => asking(`not ${type}`, true, path)),
    ...compareSchemas(schema, reader.fhir.schema ?? true, bundleOf(resources.filter((type) => taken.has(type)))),
  ];
}

/** What is checked of every Bundle beside its contract's schema. */
const bundleOf = (resources: readonly string[]): unknown => ({
  type: "object",
  required: ["resourceType", "type"],
  properties: {
    resourceType: { const: "Bundle" },
    type: { type: "string" },
    entry: {
      type: "array",
      items: {
        type: "object",
        required: ["resource"],
        properties: {
          resource: {
            type: "object",
            required: ["resourceType"],
            properties: { resourceType: { enum: resources } },
          },
        },
      },
    },
  },
});
