import { execFileSync } from "node:child_process";
import { toolPath } from "../../../hack/setup/tools.js";
import type { ServedObject } from "../../../src/operator/report/write.ts";

/** How kstatus calls the state of a resource (github.com/fluxcd/cli-utils, pkg/kstatus). */
export type KStatus = "InProgress" | "Failed" | "Current" | "Terminating" | "NotFound" | "Unknown";

/** What everything that is built on the kstatus library makes of these objects, one by one. */
export function kstatusOf(objects: readonly ServedObject[]): KStatus[] {
  const input = objects.map((object) => JSON.stringify(object)).join("\n");
  const output = execFileSync(toolPath("kstatus"), { input, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  const lines = output.split("\n").filter((line) => line !== "");
  return lines.map((line) => (JSON.parse(line) as { status: KStatus }).status);
}

/** What `kubectl wait --for=condition=Ready` waits for: true of the present generation. */
export function waitsNoLonger({ metadata, status }: ServedObject): boolean {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return ready?.status === "True" && (ready.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}
