import { z } from "zod";
import { GROUP, type KindInfo, VERSION, status } from "../../src/api/meta.ts";
import { type Schema, structural } from "./structural.ts";

/** The CustomResourceDefinition of a kind. Throws with every field that cannot be served as it is declared. */
export function crdOf(kind: KindInfo): object {
  const problems: string[] = [];
  const openAPIV3Schema = rootSchema(kind, problems);
  if (problems.length > 0) throw new Error(`${kind.kind} cannot be made a CRD:\n  ${problems.join("\n  ")}`);
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${kind.plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: kind.scope,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.kind.toLowerCase(),
        shortNames: kind.shortNames,
        categories: ["fascia"],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {}, ...(kind.scale !== undefined && { scale: kind.scale }) },
          additionalPrinterColumns: kind.printerColumns,
          schema: { openAPIV3Schema },
        },
      ],
    },
  };
}

function rootSchema(kind: KindInfo, problems: string[]): Schema {
  return {
    type: "object",
    description: kind.description,
    required: ["spec"],
    properties: {
      apiVersion: { type: "string", description: "Group and version of the resource." },
      kind: { type: "string", description: "Kind of the resource." },
      metadata: { type: "object" },
      spec: { description: "What is wanted.", ...convert(kind.spec, ".spec", problems) },
      status: {
        description: "What was observed.",
        ...convert(status.extend(kind.status ?? {}), ".status", problems),
        // A resource that nobody has looked at yet never counts as current: kstatus compares this with the generation.
        default: { observedGeneration: -1 },
      },
    },
    "x-kubernetes-validations": kind.rules.map(({ rule, message, fieldPath }) => ({
      rule,
      message,
      // The API server takes paths of the schema only, and metadata is not part of it.
      ...(fieldPath.startsWith(".spec") && { fieldPath }),
    })),
  };
}

/** As the user writes it (`io: "input"`): fields with a default are optional. References are written out. */
function convert(type: z.ZodType, path: string, problems: string[]): Schema {
  const schema = z.toJSONSchema(type, { io: "input", reused: "inline", cycles: "throw" });
  return structural(schema as Schema, path, problems);
}
