import { chmod, cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { ensurePackages } from "../cluster/debian.ts";
import { ensureTool, toolPath } from "../setup/tools.js";
import { localBase } from "./base.ts";
import { buildArchive } from "./buildah.ts";
import { sourceEpoch, writeContext } from "./context.ts";

/** An image that was built. */
export interface Image {
  /** Full name with tag. */
  tag: string;
  /** OCI archive. */
  archive: string;
}

/** Fascia's own image on a base; without one, on a base that is made here. */
export async function buildFascia(tag: string, archive: string, base?: string): Promise<Image> {
  const epoch = sourceEpoch();
  return inContext(async (context) => {
    await writeContext(context);
    const args = { BASE: base ?? (await localBase()) };
    await buildArchive({ tag, file: path.join(context, "Dockerfile"), context, args, epoch }, archive);
    return { tag, archive };
  });
}

const NATS = `FROM scratch
COPY nats-server /nats-server
USER 65532:65532
ENTRYPOINT ["/nats-server"]
`;

/** The pinned nats-server and nothing else, for tests in a cluster that reaches no image registry. */
export async function buildNats(tag: string, archive: string): Promise<Image> {
  await ensureTool("nats-server", { fromPath: false });
  return buildProgram(tag, archive, "nats-server", toolPath("nats-server"), NATS);
}

/** A program that does nothing holds a pod's namespaces; as a pod of its own, it is a shell to look around with. */
const PAUSE = `FROM scratch
COPY busybox /bin/busybox
COPY busybox /bin/sh
ENTRYPOINT ["/bin/busybox", "sleep", "2147483647"]
`;

/** What containerd holds a pod's namespaces with. */
export async function buildPause(tag: string, archive: string): Promise<Image> {
  await ensurePackages("building the image that holds pods", ["busybox-static"]);
  return buildProgram(tag, archive, "busybox", "/bin/busybox", PAUSE);
}

function buildProgram(tag: string, archive: string, name: string, program: string, dockerfile: string): Promise<Image> {
  return inContext(async (context) => {
    await cp(program, path.join(context, name));
    await chmod(path.join(context, name), 0o755);
    const file = path.join(context, "Dockerfile");
    await writeFile(file, dockerfile);
    await buildArchive({ tag, file, context, epoch: 0 }, archive);
    return { tag, archive };
  });
}

async function inContext<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "fascia-image-"));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
