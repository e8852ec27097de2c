import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Fault, checkResource, formatPath, parsePath } from "../api/check.ts";
import { KINDS } from "../api/kinds.ts";
import { API_VERSION, type KindInfo, type Metadata } from "../api/meta.ts";
import { type Resource, type Resources, byKind } from "../compile/resources.ts";
import { FasciaError } from "../base/errors.ts";
import type { RuleId } from "../policy/rule.ts";
import { MAX_DEPTH, headerOf, isList, isOurs, resourcesIn } from "./documents.ts";
import { type Found, findManifestFiles, unlessGone } from "./manifestfiles.ts";
import { manifestText } from "./manifesttext.ts";
import { readSecret } from "./secretmanifest.ts";
import type { Secret } from "./secrets.ts";
import { type YamlDocument, parseYaml } from "./yamlfile.ts";

export interface ManifestProblem {
  file: string;
  /** From 1. */
  line: number;
  /** Field, e.g. `spec.event.to[1].adapter`; empty where it is the document or the file. */
  path: string;
  reason: string;
  /** The rule of docs/policies.md that says so; undefined where it is none of them. */
  rule?: RuleId;
}

/** A resource as it is named: cluster-scoped ones have no namespace. */
export interface ResourceName {
  kind: string;
  namespace?: string | undefined;
  name: string;
}

export interface Manifests {
  /** Those that are valid by themselves. */
  resources: Resources;
  secrets: Secret[];
  /** Empty: everything can take effect. */
  problems: ManifestProblem[];
  /** Documents that are not for us, e.g. a Deployment or a Kustomization. */
  ignored: { file: string; line: number; kind: string }[];
  /** Where a resource says what stands at `path` (as in ManifestProblem). */
  locate(resource: ResourceName, path: string): { file: string; line: number } | undefined;
}

const DEFAULT_NAMESPACE = "default";
const MAX_FILE_BYTES = 4 * 1024 ** 2;

/**
 * Reads every YAML and JSON file beneath `directories` (a file may be named, too) once, several documents each, and checks
 * each resource as the API server would. Throws FasciaError `ManifestsMissing` when one is not there; everything else that
 * is wrong is among the problems.
 */
export async function loadManifests(...directories: string[]): Promise<Manifests> {
  const loader = new Loader();
  const read = new Set<string>();
  for (const directory of directories)
    for (const file of await manifestFiles(directory)) {
      const path = resolve(file.path);
      const text = read.has(path) ? undefined : await unlessGone(readText(file, loader));
      if (text !== undefined) loader.addFile(file.path, text);
      read.add(path);
    }
  return loader.manifests();
}

/** `conf/ehr.yaml:12: spec.mllp.source.port: …` */
export function formatProblem({ file, line, path, reason, rule }: ManifestProblem): string {
  return `${file}:${line}: ${path === "" ? "" : `${path}: `}${reason}${rule === undefined ? "" : ` (${rule})`}`;
}

/** The files that `loadManifests` reads. Throws FasciaError `ManifestsMissing` when `dir` can't be read. */
export async function manifestFiles(dir: string): Promise<Found[]> {
  try {
    return (await findManifestFiles(dir)).files;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    const message = `${dir} cannot be read as a file or directory of manifests (${code}): name one that is there`;
    throw new FasciaError("ManifestsMissing", message, { cause: error });
  }
}

async function readText({ path, stats }: Found, loader: Loader): Promise<string | undefined> {
  const refuse = (reason: string) => void loader.problems.push({ file: path, line: 1, path: "", reason });
  if (stats.size > MAX_FILE_BYTES) return refuse("larger than 4 MiB: this is no manifest, or one to be split");
  const read = manifestText(await readFile(path));
  return "text" in read ? read.text : refuse(read.reason);
}

interface Place {
  file: string;
  document: YamlDocument;
}

class Loader {
  readonly problems: ManifestProblem[] = [];
  readonly #ignored: Manifests["ignored"] = [];
  readonly #secrets: Secret[] = [];
  readonly #resources: Resource[] = [];
  readonly #places = new Map<string, Place>();

  addFile(file: string, text: string): void {
    const { documents, errors } = parseYaml(text);
    for (const { line, reason } of errors) this.problems.push({ file, line, path: "", reason });
    for (const document of documents.flatMap((each) => resourcesIn(each)))
      if (document.value !== undefined && document.value !== null) this.#addDocument({ file, document });
  }

  manifests(): Manifests {
    return {
      resources: byKind(this.#resources),
      secrets: this.#secrets,
      problems: this.problems,
      ignored: this.#ignored,
      locate: (resource, path) => {
        const place = this.#places.get(keyOf(resource));
        return place && { file: place.file, line: place.document.lineOf(parsePath(path)) };
      },
    };
  }

  #addDocument(place: Place): void {
    const header = headerOf(place.document.value);
    const { apiVersion, kind } = header;
    if (isList(header)) {
      const reason = `must be a list of resources; lists nest ${MAX_DEPTH} deep at most`;
      return this.#report(place, [{ path: ["items"], reason }]);
    }
    if (apiVersion === "v1" && kind === "Secret") return this.#addSecret(place);
    const known = KINDS.find((candidate) => candidate.kind === kind);
    if (isOurs(apiVersion) || (known !== undefined && apiVersion === undefined)) this.#addResource(place, known);
    else this.#ignore(place, kind);
  }

  #ignore({ file, document }: Place, kind: unknown): void {
    this.#ignored.push({ file, line: document.line, kind: typeof kind === "string" ? kind : "unknown" });
  }

  #addResource(place: Place, kind: KindInfo | undefined): void {
    if (kind === undefined) {
      const reason = `not a kind of ${API_VERSION}: it has ${KINDS.map((info) => info.kind).join(", ")}`;
      return this.#report(place, [{ path: ["kind"], reason }]);
    }
    const checked = checkResource(kind, asApplied(place.document.value));
    if ("faults" in checked) return this.#report(place, checked.faults);
    const { metadata } = checked.resource as { metadata: Metadata };
    if (kind.scope === "Namespaced") metadata.namespace ??= DEFAULT_NAMESPACE;
    else delete metadata.namespace;
    const named = this.#claim({ ...metadata, kind: kind.kind }, place);
    if (named) this.#resources.push(checked.resource as Resource);
  }

  #addSecret(place: Place): void {
    const read = readSecret(place.document.value, DEFAULT_NAMESPACE);
    if ("faults" in read) return this.#report(place, read.faults);
    if (this.#claim({ kind: "Secret", ...read.secret }, place)) this.#secrets.push(read.secret);
  }

  /** False, and a problem, when something of the same kind and name was there before. */
  #claim(resource: ResourceName, place: Place): boolean {
    const key = keyOf(resource);
    const first = this.#places.get(key);
    if (first === undefined) {
      this.#places.set(key, place);
      return true;
    }
    const reason = `${resource.kind} ${resource.name} is in ${first.file}:${first.document.line} already`;
    this.#report(place, [{ path: ["metadata", "name"], reason }]);
    return false;
  }

  #report({ file, document }: Place, faults: Fault[]): void {
    for (const { path, reason } of faults)
      this.problems.push({ file, line: document.lineOf(path), path: formatPath(path), reason });
  }
}

/** The API server keeps its own status, whatever is applied. */
function asApplied(value: unknown): unknown {
  const { status: _status, ...applied } = value as { status?: unknown };
  return applied;
}

const keyOf = ({ kind, namespace, name }: ResourceName): string => `${kind}/${namespace ?? ""}/${name}`;
