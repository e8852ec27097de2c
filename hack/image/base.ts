import { existsSync } from "node:fs";
import { chmod, cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { ensurePackages } from "../cluster/debian.ts";
import { runQuietly } from "../setup/progress.js";
import { cachePath } from "../setup/tools.js";
import { buildArchive } from "./buildah.ts";

const SUITE = "bookworm";
/** What the node binary and the time zone database need; packages are unpacked, not installed: no shell, no package manager. */
const PACKAGES = ["base-files", "libc6", "libgcc-s1", "libstdc++6", "netbase", "tzdata"];

const DOCKERFILE = `FROM scratch
ADD rootfs.tar /
COPY passwd group /etc/
COPY node /usr/local/bin/node
`;

/** Users that a process in the image can be, as in distroless images. */
const PASSWD = "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/tmp:/sbin/nologin\n";
const GROUP = "root:x:0:\nnonroot:x:65532:\n";

/**
 * A base image from Debian packages and the packaged Node, for machines that reach no image registry: an OCI archive,
 * made once for each version of Node. Returns its name for `FROM`.
 */
export async function localBase(): Promise<string> {
  const archive = cachePath("image", `base-${SUITE}-node-${process.version}.tar`);
  if (!existsSync(archive)) await build(archive);
  return `oci-archive:${archive}`;
}

async function build(archive: string): Promise<void> {
  await ensurePackages("building a base image", ["mmdebstrap"]);
  const context = await mkdtemp(path.join(os.tmpdir(), "fascia-base-"));
  try {
    const args = [
      "--quiet",
      "--variant=extract",
      `--include=${PACKAGES.join()}`,
      SUITE,
      path.join(context, "rootfs.tar"),
    ];
    const env = { ...process.env, SOURCE_DATE_EPOCH: "0" };
    await runQuietly("unpacking Debian packages for a base image", "mmdebstrap", args, { env });
    await cp(process.execPath, path.join(context, "node"));
    await chmod(path.join(context, "node"), 0o755);
    await writeFile(path.join(context, "passwd"), PASSWD);
    await writeFile(path.join(context, "group"), GROUP);
    const file = path.join(context, "Dockerfile");
    await writeFile(file, DOCKERFILE);
    await buildArchive({ tag: "localhost/fascia-base:local", file, context, epoch: 0 }, archive);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}
