import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { ensurePackages } from "../cluster/debian.ts";
import { runQuietly } from "../setup/progress.js";
import { cachePath } from "../setup/tools.js";
import { buildArchive } from "./buildah.ts";
import { buildProgram, inContext } from "./program.ts";

const SUITE = "bookworm";
/** What the node binary and the time zone database need; packages are unpacked, not installed: no shell, no package manager. */
const PACKAGES = ["base-files", "libc6", "libgcc-s1", "libstdc++6", "netbase", "tzdata"];

const ROOT = `FROM scratch
ADD rootfs.tar /
COPY passwd group /etc/
`;

const BASE = `ARG ROOT
FROM \${ROOT}
COPY node /usr/local/bin/node
`;

/** Users that a process in the image can be, as in distroless images. */
const PASSWD = "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/tmp:/sbin/nologin\n";
const GROUP = "root:x:0:\nnonroot:x:65532:\n";

/** An image of what programs are linked with, and nothing to run: made once, an OCI archive. Returns its name for `FROM`. */
export async function localRoot(): Promise<string> {
  const archive = cachePath("image", `root-${SUITE}.tar`);
  if (!existsSync(archive)) await buildRoot(archive);
  return `oci-archive:${archive}`;
}

/**
 * The same with the packaged Node: a base image for machines that reach no image registry, made once for each version of
 * Node. Returns its name for `FROM`.
 */
export async function localBase(): Promise<string> {
  const archive = cachePath("image", `base-${SUITE}-node-${process.version}.tar`);
  if (!existsSync(archive)) {
    const args = { ROOT: await localRoot() };
    await buildProgram(
      { tag: "localhost/fascia-base:local", dockerfile: BASE, args },
      archive,
      "node",
      process.execPath,
    );
  }
  return `oci-archive:${archive}`;
}

async function buildRoot(archive: string): Promise<void> {
  await ensurePackages("building a base image", ["mmdebstrap"]);
  await inContext(async (context) => {
    const args = [
      "--quiet",
      "--variant=extract",
      `--include=${PACKAGES.join()}`,
      SUITE,
      path.join(context, "rootfs.tar"),
    ];
    const env = { ...process.env, SOURCE_DATE_EPOCH: "0" };
    await runQuietly("unpacking Debian packages for a base image", "mmdebstrap", args, { env });
    await writeFile(path.join(context, "passwd"), PASSWD);
    await writeFile(path.join(context, "group"), GROUP);
    const file = path.join(context, "Dockerfile");
    await writeFile(file, ROOT);
    await buildArchive({ tag: "localhost/fascia-root:local", file, context, epoch: 0 }, archive);
  });
}
