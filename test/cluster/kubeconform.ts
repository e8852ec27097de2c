import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { toolPath } from "../../hack/setup/tools.js";
import type { KindSchema } from "./jsonschemas.ts";

/** What kubeconform says of the objects that are not as they should be: `<kind> <name>: <why>`. */
export type Verdict = string[];

interface Output {
  resources: { kind: string; name: string; status: string; msg: string }[];
}

/** kubeconform (https://github.com/yannh/kubeconform) with schemas of a test's own, and no others. */
export class Kubeconform {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async with(schemas: KindSchema[]): Promise<Kubeconform> {
    const directory = await mkdtemp(path.join(os.tmpdir(), "fascia-schemas-"));
    for (const { group, version, kind, schema } of schemas) {
      // For the core group, which has no name, kubeconform takes the version.
      const file = `${group || version}_${version}_${kind.toLowerCase()}.json`;
      await writeFile(path.join(directory, file), JSON.stringify(schema));
    }
    return new Kubeconform(directory);
  }

  /** Judges every object of a manifest; one of a kind without a schema is wrong. */
  check(manifest: string): Promise<Verdict> {
    const location = path.join(this.#directory, "{{.Group}}_{{.ResourceAPIVersion}}_{{.ResourceKind}}.json");
    const args = ["-strict", "-output", "json", "-schema-location", location];
    return new Promise((resolve, reject) => {
      const child = execFile(
        toolPath("kubeconform"),
        args,
        { maxBuffer: 16 * 1024 * 1024 },
        (error, stdout, stderr) => {
          // It ends with 1 where something is wrong with an object, and then says what.
          if (error !== null && (error.code !== 1 || stderr !== "")) reject(new Error(stderr.trim(), { cause: error }));
          else resolve(complaints(JSON.parse(stdout) as Output));
        },
      );
      child.stdin?.end(manifest);
    });
  }

  close(): Promise<void> {
    return rm(this.#directory, { recursive: true, force: true });
  }
}

const complaints = ({ resources }: Output): Verdict =>
  resources.map(({ kind, name, msg }) => `${kind} ${name}: ${msg}`);
