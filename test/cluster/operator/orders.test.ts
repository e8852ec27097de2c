import { afterAll, beforeAll, expect, test } from "vitest";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import type { ServedObject } from "../../../src/operator/report/write.ts";
import { loadManifests } from "../../../src/standalone/manifests.ts";
import { eventually } from "../../builders/eventually.ts";
import { seeded } from "../../builders/random.ts";
import { applyAll, deleteAll, typeOf } from "../served.ts";
import { type EndState, endState } from "./endstate.ts";
import { collectGarbage } from "./garbage.ts";
import { waitsNoLonger } from "./kstatus.ts";
import { runPods } from "./pods.ts";
import { type OperatorRig, startOperatorRig } from "./rig.ts";

const { resources } = await loadManifests("config/samples/hospital");
const SAMPLES = [...resources.contractVersions, ...resources.adapters, ...resources.integrations] as KubeObject[];

let rig: OperatorRig;
let stopPods: () => Promise<void>;
/** What is there without any of them. */
let nothing: EndState;
/** What comes of them in the order in which they stand in the manifests. */
let wanted: EndState;

beforeAll(async () => {
  rig = await startOperatorRig({ sync: "always" });
  stopPods = await runPods(rig.api);
  const operator = await rig.startOperator();
  await eventually(() => operator.isLeading());
  await eventually(async () => {
    nothing = await endState(rig);
  });
  wanted = await applied(SAMPLES);
}, 120_000);
afterAll(async () => {
  await stopPods?.();
  await rig?.stop();
});

const shuffled = (random: () => number): KubeObject[] =>
  SAMPLES.map((sample) => ({ sample, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ sample }) => sample);

/** What comes of them once all are ready. */
async function applied(samples: readonly KubeObject[]): Promise<EndState> {
  await applyAll(rig.api.client, samples);
  for (const sample of SAMPLES)
    await eventually(async () => {
      const { metadata } = sample;
      return waitsNoLonger(await rig.api.client.get<ServedObject>(typeOf(sample), metadata));
    });
  return endState(rig);
}

/** Takes them away in an order of its own, and waits until nothing is left of them. */
async function removed(samples: readonly KubeObject[]): Promise<void> {
  await deleteAll(rig.api.client, samples);
  await eventually(async () => {
    await collectGarbage(rig.api.client);
    expect(await endState(rig)).toEqual(nothing);
  });
}

test("a hospital in its manifests' order gives resources that are ready, objects and a hub", () => {
  const kinds = new Set(Object.keys(wanted).map((key) => key.split(" ", 1)[0]));
  expect([...kinds].toSorted()).toEqual([
    "Adapter",
    "ContractVersion",
    "Deployment",
    "Integration",
    "NetworkPolicy",
    "Secret",
    "Service",
    "ServiceAccount",
    "configuration",
    "consumer",
    "stream",
  ]);
});

test.each([1, 2, 3, 4, 5])(
  "in any other order it gives the very same, and leaves nothing in any (seed %i)",
  async (seed) => {
    const random = seeded(seed);
    await removed(shuffled(random));
    expect(await applied(shuffled(random))).toEqual(wanted);
  },
);
