import { existsSync } from "node:fs";
import { type Image, buildPause } from "../image/images.ts";
import { SetupError, runQuietly, say } from "../setup/progress.js";
import { cachePath } from "../setup/tools.js";
import { ctr } from "./node/ctr.ts";
import { CONTAINERD_SOCKET, PAUSE_IMAGE } from "./node/layout.ts";
import { KIND_CLUSTER, hasKindCluster } from "./kind.ts";

/** Puts an image onto the node of `npm run cluster`, where pods find it with `imagePullPolicy: Never`. */
export async function loadImage({ tag, archive }: Image): Promise<void> {
  if (existsSync(CONTAINERD_SOCKET)) await ctr("images", "import", archive);
  else if (await hasKindCluster()) {
    const args = ["load", "image-archive", archive, "--name", KIND_CLUSTER];
    await runQuietly(`loading ${tag} into kind`, "kind", args, {});
  } else {
    throw new SetupError("there is no cluster of ours to load images into: run `npm run cluster -- up`");
  }
  say(`image ${tag} is on the node`);
}

/** The image that containerd holds pods with, built once. */
export async function loadPause(): Promise<void> {
  const archive = cachePath("image", "pause.tar");
  if (!existsSync(archive)) await buildPause(PAUSE_IMAGE, archive);
  await ctr("images", "import", archive);
}
