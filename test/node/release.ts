import { fileURLToPath } from "node:url";
import { step } from "./progress.ts";
import { helm, kubectl } from "./tools.ts";

export const SYSTEM = "fascia-system";
export const CHART = fileURLToPath(new URL("../../charts/fascia", import.meta.url));

/** The sample hospital with its systems. */
export const DEMO = fileURLToPath(new URL("../../hack/demo", import.meta.url));

const LOCAL = (prefix: string): string[] => [
  `${prefix}.registry=localhost`,
  `${prefix}.tag=dev`,
  `${prefix}.pullPolicy=Never`,
];
const VALUES = [
  ...LOCAL("image"),
  ...LOCAL("nats.server.image"),
  "nats.server.enabled=true",
  // There is no StorageClass.
  "nats.server.storage.persistent=false",
  "nats.server.storage.size=2Gi",
];

export interface ReleaseOptions {
  /** Default: that of this checkout. */
  chart?: string;
  /** Beside those that the developer's cluster needs, as `--set` takes them. */
  values?: string[];
}

/** Installs or upgrades the release `fascia`, and waits until its pods are ready. */
export async function release({ chart = CHART, values = [] }: ReleaseOptions = {}): Promise<void> {
  const sets = [...VALUES, ...values].flatMap((value) => ["--set", value]);
  const place = ["--namespace", SYSTEM, "--create-namespace", "--take-ownership"];
  await step(`helm upgrade --install fascia ${values.join(" ")}`, () =>
    helm("upgrade", "--install", "fascia", chart, ...place, ...sets, "--wait", "--timeout=2m"),
  );
}

/** Takes away the release of an earlier run, and all that it left. */
export async function removeRelease(): Promise<void> {
  const releases = await helm("list", "--namespace", SYSTEM, "--short");
  if (releases.trim() === "") return;
  await step("the earlier release is gone", async () => {
    // Without an operator they would wait for one.
    await kubectl("delete", undefined, "-k", DEMO, "--ignore-not-found", "--timeout=120s");
    await helm("uninstall", "fascia", "--namespace", SYSTEM, "--ignore-not-found", "--wait");
    await kubectl("delete", undefined, "namespace", SYSTEM, "--ignore-not-found");
  });
}
