import { stringify } from "yaml";
import { KINDS } from "../../src/api/kinds.ts";
import { GROUP, type KindInfo } from "../../src/api/meta.ts";
import { VALIDATE_PATH, webhookConfiguration } from "../../src/operator/admission/webhooks.ts";
import { MARKER } from "../../src/operator/governance.ts";
import { chartReadme } from "./chart.ts";
import { crdOf } from "./crd.ts";

const header = (source: string): string => `# Generated from ${source} by \`npm run generate\`. Do not edit.\n`;

/** The chart has CRDs of its own, because Helm reads nothing outside a chart. */
const CRDS = ["crds", "charts/fascia/files/crds"];

/** Folders that hold generated files and nothing else. */
export const GENERATED_FOLDERS = [...CRDS, "config/admission"];

/** Every generated file: path from the root of the checkout → content. */
export function generatedFiles(): Map<string, string> {
  return new Map([...KINDS.flatMap(crdFiles), webhookFile(), ["charts/fascia/README.md", chartReadme()]]);
}

const yaml = (source: string, value: object): string =>
  header(source) + stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });

function crdFiles(kind: KindInfo): [string, string][] {
  const text = yaml("src/api", crdOf(kind));
  return CRDS.map((folder) => [`${folder}/${GROUP}_${kind.plural}.yaml`, text]);
}

function webhookFile(): [string, string] {
  const service = { namespace: "fascia-system", name: "fascia-webhook", path: VALIDATE_PATH };
  const configuration = webhookConfiguration(MARKER, { service });
  return ["config/admission/validatingwebhookconfiguration.yaml", yaml("src/operator/admission", configuration)];
}
