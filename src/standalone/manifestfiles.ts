import { type Dirent, type Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A file of manifests, or a directory that may hold some. */
export interface Found {
  path: string;
  stats: Stats;
}

/** What kubectl takes for manifests in a directory; a file that is named itself may be called anything. */
const MANIFEST = /\.(ya?ml|json)$/i;

/**
 * The YAML and JSON files beneath `path`, in a stable order, and the directories that were looked into, `path` first.
 * Hidden ones and `node_modules` are passed over; links are followed, which mounted ConfigMaps need, but no directory is
 * read twice. What vanishes meanwhile is left out. Where `path` is a file it is that one; where it does not exist the
 * promise rejects with ENOENT.
 */
export async function findManifestFiles(path: string): Promise<{ files: Found[]; directories: Found[] }> {
  const files: Found[] = [];
  const directories: Found[] = [];

  async function visit(directory: string, own: Stats): Promise<void> {
    if (directories.some(({ stats }) => stats.ino === own.ino && stats.dev === own.dev)) return;
    const entries = await readdir(directory, { withFileTypes: true });
    directories.push({ path: directory, stats: own });
    for (const entry of entries.sort(byName)) {
      if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
      const path = join(directory, entry.name);
      const stats = await unlessGone(stat(path));
      if (stats?.isDirectory()) await unlessGone(visit(path, stats));
      else if (stats?.isFile() && MANIFEST.test(entry.name)) files.push({ path, stats });
    }
  }
  const stats = await stat(path);
  if (stats.isFile()) {
    const directory = dirname(path);
    return { files: [{ path, stats }], directories: [{ path: directory, stats: await stat(directory) }] };
  }
  await visit(path, stats);
  return { files, directories };
}

const byName = (a: Dirent, b: Dirent): number => (a.name < b.name ? -1 : 1);

/** Undefined where the file is gone (a rename under way, a dangling link). */
export async function unlessGone<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
