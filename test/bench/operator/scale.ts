import { setTimeout as pause } from "node:timers/promises";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import { eventually } from "../../builders/eventually.ts";
import { runPods } from "../../cluster/operator/pods.ts";
import { reconciled } from "../../cluster/operator/reconciled.ts";
import { type OperatorProcess, type OperatorRig, startOperatorRig } from "../../cluster/operator/rig.ts";
import { typeOf } from "../../cluster/served.ts";
import type { BenchRow } from "../row.ts";
import { estateOf } from "../../builders/estate.ts";
import { timed } from "./many.ts";
import { quiet } from "./quiet.ts";
import { cpuSeconds, peakMib, residentMib } from "./process.ts";
import { type Readiness, watchReadiness } from "./readiness.ts";
import { apiWrites, changedIn, hubWrites, written } from "./writes.ts";

const SIZE = { adapters: 100, integrations: 1000 };
/** As a GitOps tool applies: many at once. */
const AT_ONCE = 50;
/** The operator looks for what was changed in the hub once in a minute: that has to be within. */
const IDLE_MS = 65_000;
const PATIENCE_MS = 600_000;

/** A thousand Integrations: applied at once, left alone, and found by an operator that starts. */
export async function scaleBench(): Promise<BenchRow[]> {
  const rig = await startOperatorRig();
  const { contractVersions, adapters, integrations } = estateOf(SIZE);
  const all = [...contractVersions, ...adapters, ...integrations];
  const readiness = await watchReadiness(rig.api.client);
  const stopPods = await runPods(rig.api);
  try {
    const alone = await secondsOf(() => applyAll(rig, all));
    await removeAll(rig, all, readiness);
    const operator = await rig.startOperator();
    await eventually(() => operator.isLeading());
    const rows = [...(await applied(rig, all, { operator, readiness, alone })), ...(await idle(rig, operator))];
    await operator.stop();
    return [...rows, ...(await restarted(rig, all.length))];
  } finally {
    await stopPods();
    await readiness.stop();
    await rig.stop();
  }
}

const secondsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
};

const applyAll = ({ api }: OperatorRig, objects: KubeObject[]): Promise<unknown> =>
  timed(objects, AT_ONCE, (object) => api.client.apply(typeOf(object), object));

async function removeAll({ api }: OperatorRig, objects: KubeObject[], readiness: Readiness): Promise<void> {
  await timed(objects, AT_ONCE, (object) => api.client.delete(typeOf(object), object.metadata));
  await eventually(() => readiness.total() === 0);
}

async function applied(
  rig: OperatorRig,
  all: KubeObject[],
  { operator, readiness, alone }: { operator: OperatorProcess; readiness: Readiness; alone: number },
): Promise<BenchRow[]> {
  const before = await apiWrites(rig.api.controlPlane);
  const cpuBefore = await cpuSeconds(operator.pid);
  let applying = 0;
  const seconds = await secondsOf(async () => {
    applying = await secondsOf(() => applyAll(rig, all));
    await told(`${all.length} ready`, () => readiness.ready(), all.length);
  });
  const cpu = (await cpuSeconds(operator.pid)) - cpuBefore;
  const writes = (await apiWrites(rig.api.controlPlane)) - before - all.length;
  const note = `applied in ${applying.toFixed(1)} s; ${cpu.toFixed(1)} s of CPU; ${writes} writes of operator and pods`;
  return [
    {
      name: `${SIZE.integrations} Integrations over ${SIZE.adapters} Adapters applied at once: all Ready`,
      value: seconds,
      unit: "s",
      baseline: { name: "s to apply alone", value: alone },
      note: `goal: under 60 s; ${note}`,
    },
    {
      name: "RSS of the operator, at most",
      value: await peakMib(operator.pid),
      unit: "MiB",
      note: `goal: under 250 MiB; ${Math.round(await residentMib(operator.pid))} MiB at the end`,
    },
  ];
}

async function idle(rig: OperatorRig, operator: OperatorProcess): Promise<BenchRow[]> {
  await quiet(rig);
  const compared = await beginning(rig);
  const cpu = await cpuSeconds(operator.pid);
  const began = performance.now();
  await pause(IDLE_MS);
  const share = (((await cpuSeconds(operator.pid)) - cpu) / ((performance.now() - began) / 1000)) * 100;
  const note = `goal: under 1%, over ${IDLE_MS / 1000} s`;
  return [{ name: "idle: share of a core", value: share, unit: "%", note }, ...(await compared("idle"))];
}

/** Tells, when it is called, what was written since. */
async function beginning(rig: OperatorRig): Promise<(name: string) => Promise<BenchRow[]>> {
  const counts = async () => ({
    objects: await written(rig.api.client),
    requests: await apiWrites(rig.api.controlPlane),
    hub: await hubWrites(rig.nats),
  });
  const before = await counts();
  return async (name) => {
    const after = await counts();
    const requests = after.requests - before.requests;
    const objects = changedIn(before.objects, after.objects);
    return [
      { name: `${name}: objects written`, value: objects, unit: "", note: `goal: none; ${requests} applies in all` },
      { name: `${name}: messages written to the hub`, value: after.hub - before.hub, unit: "", note: "goal: none" },
    ];
  };
}

async function restarted(rig: OperatorRig, resources: number): Promise<BenchRow[]> {
  await quiet(rig);
  const compared = await beginning(rig);
  let operator: OperatorProcess | undefined;
  const seconds = await secondsOf(async () => {
    const started = await rig.startOperator();
    operator = started;
    await eventually(() => started.isLeading(), PATIENCE_MS);
    await told("reconciled", async () => reconciled(await started.metrics()), resources);
  });
  await quiet(rig);
  const rss = operator === undefined ? Number.NaN : await peakMib(operator.pid);
  await operator?.stop();
  const name = `restart with ${SIZE.integrations} Integrations: leading, and all reconciled`;
  const note = `goal: under 20 s; at most ${Math.round(rss)} MiB`;
  return [{ name, value: seconds, unit: "s", note }, ...(await compared("restart"))];
}

/** Waits until `count` is at least `wanted`, and says how far it is. */
async function told(what: string, count: () => number | Promise<number>, wanted: number): Promise<void> {
  let last = performance.now();
  await eventually(async () => {
    const now = await count();
    if (performance.now() - last > 2000) {
      last = performance.now();
      process.stderr.write(`bench: ${what}: ${now}\n`);
    }
    return now >= wanted;
  }, PATIENCE_MS);
}
