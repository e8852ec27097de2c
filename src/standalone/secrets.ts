import { readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Secrets } from "../adapters/adapter.ts";
import { FasciaError } from "../base/errors.ts";
import { makePrivateDirectory, writePrivateFile } from "./privatefile.ts";

/** A v1 Secret, its values decoded. Names and keys are those that Kubernetes allows, hence safe as file names. */
export interface Secret {
  namespace: string;
  name: string;
  data: Record<string, Uint8Array>;
}

/**
 * Keys of a Secret, and its name as part of a path: what Kubernetes allows. That is neither `.` nor what begins with `..`,
 * which is how the kubelet calls the directories behind a mounted Secret.
 */
export const isFileName = (text: string): boolean => /^(?!\.$|\.\.)[-._A-Za-z0-9]{1,253}$/.test(text);

/**
 * Makes `<dir>/<namespace>/<name>/<key>` say what `secrets` say, and nothing else: the form in which a pod finds its
 * mounted Secrets. Files are the owner's alone; each is replaced in one step, and only where it differs.
 */
export async function writeSecrets(dir: string, secrets: Secret[]): Promise<void> {
  const wanted = new Map<string, Uint8Array>();
  for (const { namespace, name, data } of secrets)
    for (const [key, value] of Object.entries(data)) wanted.set(join(dir, namespace, name, key), value);
  makePrivateDirectory(dir);
  for (const [path, value] of wanted) {
    const present = await readFile(path).catch(() => undefined);
    if (present === undefined || !present.equals(value)) await writePrivateFile(path, value);
  }
  for (const path of await listFiles(dir)) if (!wanted.has(path)) await rm(path);
}

/** Reads the Secrets of `namespace` beneath `dir`, each time anew. */
export function secretsFrom(dir: string, namespace: string): Secrets {
  const where = (name: string, key: string) => `key ${key} of Secret ${name} in namespace ${namespace}`;
  async function readOptional(name: string, key: string): Promise<Buffer | undefined> {
    if (![namespace, name, key].every(isFileName)) return undefined;
    try {
      return await readFile(join(dir, namespace, name, key));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR") return undefined;
      throw new FasciaError("SecretUnreadable", `${where(name, key)} cannot be read (${code})`, { cause: error });
    }
  }
  async function read(name: string, key: string): Promise<Buffer> {
    const value = await readOptional(name, key);
    if (value !== undefined) return value;
    throw new FasciaError("SecretMissing", `${where(name, key)} does not exist: add it to your manifests`);
  }
  return { read, readOptional };
}

async function listFiles(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
