/**
 * Which folder of src may import which: main → operator | runtime | ledger | standalone → adapters, jetstream →
 * policy → compile → mapping, formats → api → base. Folders beside each other do not know each other.
 */

const PURE_CORE = ["compile", "mapping", "formats", "policy", "api", "base"];
const EDGES = ["adapters", "jetstream", "telemetry", ...PURE_CORE];

/** Folder of src → the other folders of src that it may import. A folder that is not here may not exist. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  main: ["operator", "runtime", "ledger", "standalone", ...EDGES],
  operator: EDGES,
  runtime: EDGES,
  ledger: EDGES,
  standalone: EDGES,
  adapters: ["telemetry", ...PURE_CORE],
  jetstream: ["telemetry", ...PURE_CORE],
  telemetry: ["base"],
  policy: ["compile", "mapping", "formats", "api", "base"],
  compile: ["mapping", "formats", "api", "base"],
  mapping: ["formats", "api", "base"],
  formats: ["api", "base"],
  api: ["base"],
  base: [],
};

/** What adapters share, and who of them: plumbing of outgoing HTTP. All other adapters' folders are closed to each other. */
export const SHARED_ADAPTER_FOLDERS: Readonly<Record<string, readonly string[]>> = { client: ["http", "fhir"] };

/** Packages that one folder wraps for all others, so that a change of theirs is a change of one folder. */
export const OWNED_PACKAGES: readonly { owner: string; pattern: RegExp }[] = [
  { owner: "jetstream", pattern: /^@nats-io\// },
  { owner: "telemetry", pattern: /^(pino|prom-client|@opentelemetry\/[^/]+)($|\/)/ },
  { owner: "operator", pattern: /^@kubernetes\/client-node($|\/)/ },
];

/** What a PURE folder may use of Node: nothing that reads or writes the outside, time or chance. */
export const PURE_MODULES: ReadonlySet<string> = new Set([
  "node:assert",
  "node:buffer",
  "node:crypto",
  "node:path",
  "node:string_decoder",
  "node:url",
  "node:util",
]);

/** Packages that do no I/O by themselves. */
export const PURE_PACKAGES: ReadonlySet<string> = new Set([
  "ajv",
  "ajv-formats",
  "croner",
  "fast-json-patch",
  "iconv-lite",
  "jsonata",
  "semver",
  "yaml",
  "zod",
]);
