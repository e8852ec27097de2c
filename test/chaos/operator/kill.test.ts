import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import { estateOf } from "../../builders/estate.ts";
import { eventually } from "../../builders/eventually.ts";
import { seeded } from "../../builders/random.ts";
import { type EndState, endState } from "../../cluster/operator/endstate.ts";
import { collectGarbage } from "../../cluster/operator/garbage.ts";
import { runPods } from "../../cluster/operator/pods.ts";
import { type OperatorRig, startOperatorRig } from "../../cluster/operator/rig.ts";
import { applyAll, deleteAll, typeOf } from "../../cluster/served.ts";
import { Supervised } from "./supervised.ts";

/**
 * The operator is killed at random moments while people apply, edit and delete. What comes of it in the end is compared
 * with what comes of the same resources where nobody was killed.
 */

const SEED = Number(process.env["FASCIA_CHAOS_SEED"] ?? 1);
const OPERATIONS = 200;
const PATIENCE_MS = 120_000;
/** Between two operations at most, and between leading and being killed. */
const PAUSE_MS = 400;
const LIVES_MS = 3_000;
/** In which nothing may change. Housekeeping comes round twice. */
const QUIET_MS = 5_000;

const estate = estateOf({ adapters: 10, integrations: 24 });
const POOL = [...estate.adapters, ...estate.integrations];

let rig: OperatorRig;
let stopPods: () => Promise<void>;
let stopCollector: () => Promise<void>;

beforeAll(async () => {
  rig = await startOperatorRig();
  stopPods = await runPods(rig.api);
  stopCollector = keepCollecting();
}, 240_000);
afterAll(async () => {
  await stopCollector?.();
  await stopPods?.();
  await rig?.stop();
});

/** As Kubernetes' own collector does. Returns how to end that. */
function keepCollecting(): () => Promise<void> {
  let over = false;
  const collecting = (async () => {
    while (!over) {
      await collectGarbage(rig.api.client);
      await pause(500);
    }
  })();
  return () => {
    over = true;
    return collecting;
  };
}

/** What people want to be there, by kind and name. */
type Wanted = Map<string, KubeObject>;
const keyOf = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata.name}`;

/** Applies, edits and deletes at random, one after another. Resolves to what is to be there in the end. */
async function churn(random: () => number): Promise<Wanted> {
  const wanted: Wanted = new Map(estate.contractVersions.map((version) => [keyOf(version), version]));
  await applyAll(rig.api.client, estate.contractVersions);
  for (let n = 0; n < OPERATIONS; n++) {
    const one = POOL[Math.floor(random() * POOL.length)] as KubeObject & { spec: object };
    if (wanted.has(keyOf(one)) && random() < 0.4) {
      wanted.delete(keyOf(one));
      await rig.api.client.delete(typeOf(one), one.metadata);
    } else {
      const edited = { ...one, spec: { ...one.spec, owner: `team ${n}` } } as KubeObject;
      wanted.set(keyOf(one), edited);
      await rig.api.client.apply(typeOf(one), edited);
    }
    await pause(random() * PAUSE_MS);
  }
  return wanted;
}

/** Kills the operator a moment after it leads, again and again. Resolves to how often when `until` has. */
async function killing(operator: Supervised, random: () => number, until: Promise<unknown>): Promise<number> {
  let kills = 0;
  let over = false;
  void until.finally(() => (over = true));
  for (; !over; kills++) {
    await operator.leads();
    await pause(random() * LIVES_MS);
    await operator.kill();
  }
  return kills;
}

/**
 * What comes of the resources. What was applied while its predecessor of that name was on its way out went with it: as
 * GitOps tools do, all are applied once more.
 */
async function applied(wanted: Wanted): Promise<EndState> {
  for (const object of wanted.values())
    await eventually(async () => {
      const { metadata } = await rig.api.client.apply(typeOf(object), object);
      return metadata.deletionTimestamp === undefined;
    }, PATIENCE_MS);
  return quietState();
}

/** The state once everything was looked at and nothing changes any more. */
async function quietState(): Promise<EndState> {
  let before: string | undefined;
  let state: EndState = {};
  await eventually(async () => {
    state = await endState(rig);
    const text = JSON.stringify(state);
    const isQuiet = text === before && !text.includes('"Pending"') && !text.includes('"RollingOut"');
    before = text;
    await pause(QUIET_MS);
    return isQuiet;
  }, PATIENCE_MS);
  return state;
}

/** Takes everything away, and waits until nothing is left but what was there before. */
async function removed(wanted: Wanted, nothing: EndState): Promise<void> {
  await deleteAll(rig.api.client, [...wanted.values()]);
  await eventually(async () => expect(await endState(rig)).toEqual(nothing), PATIENCE_MS);
}

test("an operator that is killed at random during 200 applies and deletes leaves what an undisturbed one makes", async () => {
  const operator = new Supervised(rig);
  try {
    await operator.leads();
    const nothing = await quietState();
    const changes = churn(seeded(SEED));
    const kills = await killing(operator, seeded(SEED + 1), changes);
    const wanted = await changes;
    const disturbed = await applied(wanted);
    expect(kills).toBeGreaterThan(5);
    await removed(wanted, nothing);
    expect(disturbed).toEqual(await applied(wanted));
  } finally {
    await operator.stop();
  }
});
