import { randomUUID } from "node:crypto";
import { mkdir, readdir, readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Makes `dir` show `data` as the kubelet mounts a Secret (AtomicWriter): the files are in a directory of their own, `..data`
 * is a link to it that is exchanged in one step, and every key is a link through `..data`.
 */
export async function mountSecret(dir: string, data: Record<string, string | Uint8Array>): Promise<void> {
  await mkdir(dir, { recursive: true });
  const before = await readlink(join(dir, "..data")).catch(() => undefined);
  const payload = `..${randomUUID()}`;
  await mkdir(join(dir, payload));
  for (const [key, value] of Object.entries(data)) await writeFile(join(dir, payload, key), value, { mode: 0o444 });
  await symlink(payload, join(dir, "..data_tmp"));
  await rename(join(dir, "..data_tmp"), join(dir, "..data"));
  const present = (await readdir(dir)).filter((name) => !name.startsWith(".."));
  for (const key of Object.keys(data)) if (!present.includes(key)) await symlink(`..data/${key}`, join(dir, key));
  for (const key of present) if (!(key in data)) await rm(join(dir, key));
  if (before !== undefined) await rm(join(dir, before), { recursive: true });
}
