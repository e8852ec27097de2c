import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { ADAPTERS } from "../../../src/operator/kinds.ts";
import { isNotFound } from "../../../src/operator/kube/failure.ts";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import { loadKeys } from "../../../src/standalone/keys.ts";
import { loadManifests } from "../../../src/standalone/manifests.ts";
import { admission } from "../../builders/admission.ts";
import { EhrConnection } from "../../builders/ehr.ts";
import { eventually } from "../../builders/eventually.ts";
import { freePort } from "../../builders/ports.ts";
import { type FasciaProcess, jsonLines, spawnFascia } from "../../builders/process.ts";
import { applyAll, removeAll } from "../served.ts";
import { conditionOf, startOperator } from "./inprocess.ts";
import { runPods } from "./pods.ts";
import { type OperatorRig, startOperatorRig } from "./rig.ts";

/** Adapters that are deleted while they have work, with processes that do it as pods would. */

const MESSAGES = 200;

let rig: OperatorRig;
let samples: KubeObject[];
let port: number;
let feed: string;

beforeAll(async () => {
  rig = await startOperatorRig({ sync: "always" });
  port = await freePort();
  feed = join(rig.dir, "audit.ndjson");
  const { resources } = await loadManifests("config/samples/hospital");
  const all = [...resources.contractVersions, ...resources.adapters, ...resources.integrations];
  const text = JSON.stringify(all).replace(".fascia/audit.ndjson", feed).replace('"port":2575', `"port":${port}`);
  samples = JSON.parse(text) as KubeObject[];
}, 120_000);
afterAll(() => rig?.stop());

const named = (kind: string, name: string): KubeObject =>
  samples.find((sample) => sample.kind === kind && sample.metadata.name === name) as KubeObject;

/** As its pod does. */
async function startAdapter(name: string): Promise<FasciaProcess> {
  const keys = join(rig.dir, "keys");
  await loadKeys(keys);
  const options = ["--nats", rig.nats.url, "--keys", join(keys, "keys.json"), "--secrets", rig.dir, "--json"];
  const adapter = spawnFascia(["adapter", name, ...options]);
  onTestFinished(() => adapter.stop());
  await adapter.ready;
  return adapter;
}

const delivered = async (): Promise<number> => jsonLines(await readFile(feed, "utf8").catch(() => "")).length;
const remove = ({ metadata }: KubeObject) => rig.api.client.delete(ADAPTERS, metadata);
const gone = ({ metadata }: KubeObject) =>
  eventually(() => rig.api.client.get(ADAPTERS, metadata).then(() => false, isNotFound));

test("what was taken in is delivered before source and target go, and nothing more is taken in", async () => {
  const stop = startOperator(rig.api.client, rig.nats.url);
  onTestFinished(async () => {
    await stop();
    await removeAll(rig.api.client, samples);
  });
  onTestFinished(await runPods(rig.api));
  await applyAll(rig.api.client, samples);
  const [ehr, audit] = [named("Adapter", "ehr"), named("Adapter", "audit")];
  for (const adapter of [ehr, audit])
    await eventually(async () => expect(await conditionOf(rig.api.client, adapter, "Ready")).toBe("True Running"));
  await startAdapter("ehr");
  const sender = new EhrConnection(port);
  for (let n = 0; n < MESSAGES; n++)
    await sender.deliver(admission({ controlId: `m${n}`, patient: `P${n}`, visit: `V${n}` }));
  await remove(ehr);
  await gone(ehr);
  await expect(sender.send(admission({ controlId: "late", patient: "P", visit: "V" }))).rejects.toThrow(
    /refused|broke/i,
  );
  sender.close();
  expect(await delivered()).toBe(0);
  await startAdapter("audit");
  await remove(audit);
  await gone(audit);
  expect(await delivered()).toBe(MESSAGES);
});
