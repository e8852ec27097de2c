import { mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { ensurePackages } from "../cluster/debian.ts";
import { runQuietly } from "../setup/progress.js";
import { cachePath } from "../setup/tools.js";

/** Works as root in a container too: no overlay mounts, no containers of its own, and a store that is ours alone. */
const env = { ...process.env, STORAGE_DRIVER: "vfs", BUILDAH_ISOLATION: "chroot" };
const store = ["--root", cachePath("buildah", "root"), "--runroot", cachePath("buildah", "run")];

export interface Build {
  /** Full name with tag, e.g. `localhost/fascia:dev`. */
  tag: string;
  /** Path of the Dockerfile. */
  file: string;
  /** Directory that COPY takes from. */
  context: string;
  args?: Record<string, string>;
  /** Time of everything in the image, seconds since 1970. */
  epoch: number;
}

/** Builds an image and writes it as an OCI archive; the same inputs give an image of the same digest. */
export async function buildArchive(build: Build, archive: string): Promise<void> {
  await ensurePackages("building images", ["buildah"]);
  const args = Object.entries(build.args ?? {}).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
  const what = `building image ${build.tag}`;
  const command = [
    "bud",
    "--layers=false",
    "--timestamp",
    String(build.epoch),
    "--tag",
    build.tag,
    "--file",
    build.file,
  ];
  await runQuietly(what, "buildah", [...store, ...command, ...args, build.context], { env });
  await mkdir(path.dirname(archive), { recursive: true });
  const unfinished = `${archive}.${process.pid}`;
  const target = `oci-archive:${unfinished}:${build.tag}`;
  try {
    await runQuietly(`writing image ${build.tag}`, "buildah", [...store, "push", build.tag, target], { env });
    await rename(unfinished, archive);
  } finally {
    await rm(unfinished, { force: true });
  }
}
