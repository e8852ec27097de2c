import path from "node:path";
import { ensurePackages } from "../cluster/debian.ts";
import { ensureTool, toolPath } from "../setup/tools.js";
import { localBase, localRoot } from "./base.ts";
import { buildArchive } from "./buildah.ts";
import { sourceEpoch, writeContext } from "./context.ts";
import { buildProgram, inContext } from "./program.ts";

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

const NATS = `ARG ROOT
FROM \${ROOT}
COPY nats-server /usr/local/bin/nats-server
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/nats-server"]
`;

/** The pinned nats-server and nothing else, for tests in a cluster that reaches no image registry. */
export async function buildNats(tag: string, archive: string): Promise<Image> {
  await ensureTool("nats-server", { fromPath: false });
  const args = { ROOT: await localRoot() };
  await buildProgram({ tag, dockerfile: NATS, args }, archive, "nats-server", toolPath("nats-server"));
  return { tag, archive };
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
  await buildProgram({ tag, dockerfile: PAUSE }, archive, "busybox", "/bin/busybox");
  return { tag, archive };
}
