import { step } from "./progress.ts";
import { removeRelease } from "./release.ts";
import { hack } from "./tools.ts";

/** The developer's cluster with the images of this checkout, and nothing of earlier runs: once for all test files. */
export default async function setup(): Promise<void> {
  await step("npm run cluster -- up", () => hack("cluster", "up"));
  await step("npm run image -- --load", () => hack("image", "--load"));
  await removeRelease();
}
