import { stringify } from "yaml";
import { KINDS } from "../../src/api/kinds.ts";
import { GROUP } from "../../src/api/meta.ts";
import { crdOf } from "./crd.ts";

const HEADER = "# Generated from src/api by `npm run generate`. Do not edit.\n";

/** Folders that hold generated files and nothing else. */
export const GENERATED_FOLDERS = ["crds"];

/** Every generated file: path from the root of the checkout → content. */
export function generatedFiles(): Map<string, string> {
  return new Map(
    KINDS.map((kind) => [
      `crds/${GROUP}_${kind.plural}.yaml`,
      HEADER + stringify(crdOf(kind), { lineWidth: 0, aliasDuplicateObjects: false }),
    ]),
  );
}
