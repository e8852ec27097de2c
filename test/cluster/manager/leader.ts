/**
 * A process that leads when it can, and writes its name into the ConfigMap `led` as often as it can while it does. On
 * SIGUSR2 it stands still (SIGSTOP) between two writes. Between the question whether it leads and the write itself it
 * could be too late by a hair, which no client can help.
 *
 *   node leader.ts SERVER CA_FILE TOKEN NAMESPACE IDENTITY
 */
import { KubeConfig } from "@kubernetes/client-node";
import { systemClock } from "../../../src/base/clock.ts";
import { Access } from "../../../src/operator/kube/access.ts";
import { KubeClient } from "../../../src/operator/kube/client.ts";
import { Elector } from "../../../src/operator/manager/elector.ts";
import { silentLog } from "../../../src/telemetry/log.ts";
import { createOperatorMetrics } from "../../../src/telemetry/operatormetrics.ts";
import { CONFIG_MAPS } from "./rig.ts";

const [server = "", caFile = "", token = "", namespace = "", identity = ""] = process.argv.slice(2);
const config = new KubeConfig();
config.loadFromClusterAndUser({ name: "test", server, caFile, skipTLSVerify: false }, { name: "test", token });
const access = new Access(config, systemClock);
const base = {
  clock: systemClock,
  random: Math.random,
  log: silentLog,
  metrics: createOperatorMetrics({ process: false }),
};
const client = new KubeClient({ ...base, access });
const times = { durationMs: 3000, deadlineMs: 2000, retryMs: 300 };
const elector = new Elector({ lease: { namespace, name: "operator" }, identity, ...times }, { ...base, client });
elector.lost.catch(() => process.exit(3));
const fenced = client.fenced(() => elector.holds());
let stands = false;
process.on("SIGUSR2", () => (stands = true));
await elector.start(new AbortController().signal);
for (;;) {
  if (stands) process.kill(process.pid, "SIGSTOP");
  stands = false;
  await fenced
    .merge(
      CONFIG_MAPS,
      { namespace, name: "led" },
      { data: { by: identity, at: `${performance.now()}` } },
      { retry: false },
    )
    .catch(() => systemClock.sleep(1));
}
