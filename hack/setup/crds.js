import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { checkGo } from "./go.js";
import { withLock } from "./lock.js";
import { runQuietly, say } from "./progress.js";
import { cachePath, pinnedVersion, toolsDirectory } from "./tools.js";

/** CustomResourceDefinitions of other operators that our chart has objects for: files of their Go modules. */
export const SOURCES = [
  {
    module: "github.com/cert-manager/cert-manager",
    folder: "deploy/crds",
    files: ["cert-manager.io_certificates.yaml", "cert-manager.io_issuers.yaml"],
  },
  {
    module: "github.com/prometheus-operator/prometheus-operator",
    folder: "example/prometheus-operator-crd",
    files: ["podmonitors", "prometheusrules", "servicemonitors"].map((name) => `monitoring.coreos.com_${name}.yaml`),
  },
];

/** @typedef {typeof SOURCES[number]} Source */

const DIRECTORY = "crds";

/** @param {Source} source */
function versionOf({ module }) {
  return pinnedVersion({ directory: DIRECTORY, module });
}

/** Where those of one module are kept. @param {Source} source */
function keptAt(source) {
  return cachePath("crds", `${path.posix.basename(source.module)}-${versionOf(source)}`);
}

/** Their files, there or not. */
export function crdFiles() {
  return SOURCES.flatMap((source) => source.files.map((file) => path.join(keptAt(source), file)));
}

/** Takes them out of the modules that hack/tools/crds pins, unless they were before. */
export async function ensureCrds() {
  for (const source of SOURCES) {
    const kept = keptAt(source);
    if (existsSync(kept)) continue;
    const what = `bringing CustomResourceDefinitions of ${path.basename(kept)}`;
    await withLock(`${kept}.lock`, what, async () => {
      if (!existsSync(kept)) await bring(source, kept, what);
    });
  }
}

/** @param {Source} source @param {string} kept @param {string} what */
async function bring(source, kept, what) {
  const { module, folder, files } = source;
  const cwd = path.join(toolsDirectory, DIRECTORY);
  checkGo(path.posix.basename(module), versionOf(source), cwd);
  say(`${what} from its Go module, once`);
  await runQuietly(what, "go", ["mod", "download", module], { cwd });
  const directory = execFileSync("go", ["list", "-m", "-f", "{{.Dir}}", module], { cwd, encoding: "utf8" }).trim();
  const unfinished = `${kept}.${process.pid}.unfinished`;
  try {
    await mkdir(unfinished, { recursive: true });
    for (const file of files) await cp(path.join(directory, folder, file), path.join(unfinished, file));
    await rename(unfinished, kept);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
