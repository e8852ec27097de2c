import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CONFIGURATIONS, VALIDATE_PATH, webhookConfiguration } from "../../../src/operator/admission/webhooks.ts";
import { MARKER, RELEASE_ANNOTATION } from "../../../src/operator/governance.ts";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import { Authority } from "../../builders/certificates.ts";
import { estateOf } from "../../builders/estate.ts";
import { eventually } from "../../builders/eventually.ts";
import { freePort } from "../../builders/ports.ts";
import { aSource } from "../../builders/resources.ts";
import { create, pathOf } from "../../cluster/api.ts";
import { type OperatorRig, startOperatorRig } from "../../cluster/operator/rig.ts";
import { typeOf } from "../../cluster/served.ts";
import { median } from "../median.ts";
import type { BenchRow } from "../row.ts";
import { paced, quantile, timed } from "./many.ts";
import { quiet } from "./quiet.ts";

const PARALLEL = 50;
const SIZE = { adapters: 100, integrations: 1000 };
const ROUNDS = 3;
/** Of each of the clients that apply at a steady pace: a hundred a second in all. */
const EVERY_MS = 500;
/** Refers to a version that could never be there: who admits it has not asked. */
const NEVER = aSource("never", 0, { emits: [{ contract: "visit", version: "1.0.0-rc-" }] }, "default");

interface Configuration extends KubeObject {
  webhooks: { clientConfig: object }[];
}

/**
 * An apply that the operator is asked about against the same one that it is not, with a thousand Integrations to be
 * judged by. Rounds alternate. As a dry run it is the webhook alone; edits also give the operator all the work that follows.
 * Clients that apply as fast as they can keep every core busy, those of the cluster and the operator alike: an apply waits
 * for the 49 before it, and each millisecond of processor time that it costs more, wherever, makes it `50 / cores` ms slower.
 * At a steady pace there are cores left, and the webhook's own latency shows.
 */
export async function admissionBench(): Promise<BenchRow[]> {
  const rig = await startOperatorRig();
  try {
    const configuration = await serve(rig);
    const { contractVersions, adapters, integrations } = estateOf(SIZE);
    const all = [...contractVersions, ...adapters, ...integrations];
    await timed(all, PARALLEL, (object) => rig.api.client.apply(typeOf(object), object));
    await quiet(rig);
    const pace = { clients: PARALLEL, everyMs: EVERY_MS };
    const steady = (round: string) => paced(integrations, pace, dryRun(rig, round));
    return [
      await compared("dry runs at a steady pace", rig, configuration, steady),
      await compared("dry runs", rig, configuration, (round) => timed(integrations, PARALLEL, dryRun(rig, round))),
      await compared("edits", rig, configuration, (round) => timed(integrations, PARALLEL, edit(rig, round))),
    ];
  } finally {
    await rig.stop();
  }
}

/** Starts an operator that serves admission. Resolves to the configuration by which the API server asks it. */
async function serve(rig: OperatorRig): Promise<Configuration> {
  const authority = new Authority();
  const { cert, key, ca } = authority.issue("127.0.0.1");
  authority.remove();
  await Promise.all([writeFile(join(rig.dir, "tls.crt"), cert), writeFile(join(rig.dir, "tls.key"), key)]);
  const port = await freePort();
  const webhook = { host: "127.0.0.1", port, service: "fascia-webhook", certificateDirectory: rig.dir };
  const operator = await rig.startOperator({ webhook });
  await eventually(() => operator.isReady());
  const url = `https://127.0.0.1:${port}${VALIDATE_PATH}`;
  const made = webhookConfiguration(MARKER, { url }) as Configuration;
  const clientConfig = { url, caBundle: ca.toString("base64") };
  return {
    ...made,
    metadata: { name: MARKER, annotations: { [RELEASE_ANNOTATION]: "default/fascia" } },
    webhooks: made.webhooks.map((each) => ({ ...each, clientConfig })),
  };
}

async function compared(
  name: string,
  rig: OperatorRig,
  configuration: Configuration,
  run: (round: string) => Promise<number[]>,
): Promise<BenchRow> {
  const p99: Record<"asked" | "alone", number[]> = { asked: [], alone: [] };
  for (let round = 0; round < ROUNDS; round++) {
    await asking(rig, false);
    p99.alone.push(quantile(await run(`${name} alone ${round}`), 0.99));
    await quiet(rig);
    await rig.api.client.create(CONFIGURATIONS, configuration);
    await asking(rig, true);
    p99.asked.push(quantile(await run(`${name} asked ${round}`), 0.99));
    await quiet(rig);
    await rig.api.client.delete(CONFIGURATIONS, { name: MARKER });
  }
  const [asked, alone] = [median(p99.asked), median(p99.alone)];
  return {
    name: `admission at ${PARALLEL} parallel ${name}: p99`,
    value: asked,
    unit: "ms",
    baseline: { name: "ms without the webhook", value: alone },
    note: `goal: under 10 ms more; ${(asked - alone).toFixed(1)} ms more`,
  };
}

/** Resolves when the API server asks the operator, or does not any more: a moment after it was told. */
async function asking(rig: OperatorRig, wanted: boolean): Promise<void> {
  const admin = rig.api.controlPlane.client("admin");
  await eventually(async () => ((await create(admin, NEVER, true)).status === 403) === wanted);
}

const edited = (integration: KubeObject, round: string): KubeObject =>
  ({ ...integration, spec: { ...(integration as KubeObject & { spec: object }).spec, owner: round } }) as KubeObject;

type Work = (integration: KubeObject) => Promise<unknown>;

const edit =
  ({ api }: OperatorRig, round: string): Work =>
  (each) =>
    api.client.apply(typeOf(each), edited(each, round));

function dryRun({ api }: OperatorRig, round: string): Work {
  const admin = api.controlPlane.client("admin");
  const contentType = "application/apply-patch+yaml";
  return async (each) => {
    const path = `${pathOf("Integration")}/${each.metadata.name}?dryRun=All&fieldManager=bench&force=true`;
    const { status } = await admin.request("PATCH", path, { contentType, body: edited(each, round) });
    if (status !== 200) throw new Error(`a dry run was answered with ${status}`);
  };
}
