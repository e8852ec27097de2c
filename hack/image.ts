/**
 * Builds Fascia's image as an OCI archive, and says how large it is.
 *
 *   node hack/image.ts [--base IMAGE] [--tag NAME] [--output FILE] [--load]
 *   node hack/image.ts --context DIRECTORY
 *
 * --base      an image with Node 24; without it one is made here of Debian packages and the packaged Node
 * --load      puts it, and an image of nats-server, onto the node of `npm run cluster`
 * --context   only leaves what another builder needs, e.g. `docker build DIRECTORY`
 */
import { stat } from "node:fs/promises";
import { parseArgs } from "node:util";
import { loadImage } from "./cluster/images.ts";
import { writeContext } from "./image/context.ts";
import { type Image, buildFascia, buildNats } from "./image/images.ts";
import { say } from "./setup/progress.js";
import { reportingProblems } from "./setup/report.ts";
import { cachePath } from "./setup/tools.js";

async function main(): Promise<void> {
  // What takes the types away calls itself experimental, which is no news for who builds an image.
  process.removeAllListeners("warning");
  const { values } = parseArgs({
    options: {
      base: { type: "string" },
      tag: { type: "string", default: "localhost/fascia:dev" },
      output: { type: "string", default: cachePath("image", "fascia.tar") },
      load: { type: "boolean", default: false },
      context: { type: "string" },
    },
  });
  if (values.context !== undefined) return writeContext(values.context);
  await finish(await buildFascia(values.tag, values.output, values.base), values.load);
  if (values.load) await finish(await buildNats("localhost/nats:dev", cachePath("image", "nats.tar")), true);
}

async function finish(image: Image, load: boolean): Promise<void> {
  const { size } = await stat(image.archive);
  say(`image ${image.tag} is ${(size / 1e6).toFixed(1)} MB, compressed: ${image.archive}`);
  if (load) await loadImage(image);
}

await reportingProblems(main);
