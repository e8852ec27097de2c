import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import type { ControlPlane } from "../../hack/cluster/controlplane.ts";
import { kubeconfig } from "../../hack/cluster/kubeconfig.ts";
import { toolPath } from "../../hack/setup/tools.js";

export const CHART = fileURLToPath(new URL("../../charts/fascia", import.meta.url));

/** An object as a chart renders it. */
export interface Rendered {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  [field: string]: unknown;
}

/** Files with values that go together, below charts/fascia/ci. */
export async function valueSets(): Promise<string[]> {
  return (await readdir(path.join(CHART, "ci"))).sort();
}

export const valuesFile = (name: string): string => path.join(CHART, "ci", name);

/** Helm as admin of a control plane, with caches of its own. */
export class Helm {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async of(controlPlane: ControlPlane): Promise<Helm> {
    const directory = await mkdtemp(path.join(os.tmpdir(), "fascia-helm-"));
    await writeFile(path.join(directory, "kubeconfig"), kubeconfig(controlPlane, controlPlane.token("admin")), {
      mode: 0o600,
    });
    return new Helm(directory);
  }

  /** Resolves with what it printed, rejects with what it complained of. */
  run(...args: string[]): Promise<string> {
    const env = {
      ...process.env,
      KUBECONFIG: path.join(this.#directory, "kubeconfig"),
      HELM_CACHE_HOME: this.#directory,
      HELM_CONFIG_HOME: this.#directory,
      HELM_DATA_HOME: this.#directory,
    };
    return new Promise((resolve, reject) => {
      execFile(toolPath("helm"), args, { env, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) =>
        error === null ? resolve(stdout) : reject(new Error(stderr.trim(), { cause: error })),
      );
    });
  }

  /** What the chart renders, as text. */
  manifest(...args: string[]): Promise<string> {
    return this.run("template", "fascia", CHART, "--namespace", "fascia-system", ...args);
  }

  async template(...args: string[]): Promise<Rendered[]> {
    return parseAllDocuments(await this.manifest(...args))
      .map((document) => document.toJS() as Rendered | null)
      .filter((each) => each !== null);
  }

  close(): Promise<void> {
    return rm(this.#directory, { recursive: true, force: true });
  }
}
