import { beforeEach, describe, expect, test } from "vitest";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import { FasciaError } from "../../base/errors.ts";
import type { Cut } from "../../jetstream/waiting.ts";
import type { KubeClient } from "../kube/client.ts";
import { KubeError } from "../kube/failure.ts";
import type { Known } from "../program/known.ts";
import { ProgramState } from "../program/state.ts";
import type { DeploymentFacts } from "../status/deployment.ts";
import { silentLog } from "../../telemetry/log.ts";
import { Draining, type DeletedAdapter } from "./draining.ts";
import { finalizeStep } from "./finalizestep.ts";

const RUNNING: DeploymentFacts = { observed: true, wanted: 1, updated: 1, ready: 1, total: 1, deadlineExceeded: false };
const UNREADY = { ...RUNNING, ready: 0 };

let clock: ManualClock;
let state: ProgramState;
let draining: Draining;
let ehr: DeletedAdapter;
let namespace: () => Promise<object>;
/** Messages that the hub says wait, and how often it was asked where its streams end. */
let waiting: number;
let cuts: number;

beforeEach(() => {
  clock = new ManualClock();
  state = new ProgramState();
  [waiting, cuts] = [0, 0];
  namespace = () => Promise.resolve({ metadata: { name: "clinic" } });
  const deletionTimestamp = new Date(clock.now()).toISOString();
  const metadata = { namespace: "clinic", name: "ehr", uid: "1", generation: 2, deletionTimestamp };
  ehr = { kind: "Adapter", metadata, spec: { drainTimeoutSeconds: 90, deletionPolicy: "Retain" } };
  draining = new Draining({
    client: { get: () => namespace() } as unknown as KubeClient,
    state,
    hub: {
      cutOf: () => Promise.resolve(new Map([["HUB_care", ++cuts]]) as Cut),
      waitingFor: () => (waiting < 0 ? Promise.reject(new Error("refused")) : Promise.resolve(waiting)),
    },
    clock,
    log: silentLog,
  });
});

const program = (generation: number | undefined) => {
  const known: Known = { uid: "1", generation, problems: [], conflicts: [], revision: undefined };
  state.succeeded(new Map([["Adapter clinic/ehr", known]]));
};
const look = (deployment: DeploymentFacts | undefined = RUNNING) => draining.look(ehr, deployment);

describe("An Adapter that is being deleted", () => {
  test("has its own time, counted from its deletion", async () => {
    clock.advance(5000);
    expect(await look()).toMatchObject({ discard: false, elapsedMs: 5000, timeoutMs: 90_000 });
    ehr = { ...ehr, spec: { deletionPolicy: "Discard" } };
    expect(await look()).toMatchObject({ discard: true, timeoutMs: 60_000 });
  });

  test("is followed through the hub's program", async () => {
    expect(await look()).toMatchObject({ hub: "Before", waiting: undefined });
    program(1);
    expect(await look()).toMatchObject({ hub: "Before", waiting: undefined });
    program(2);
    expect(await look()).toMatchObject({ hub: "Draining" });
    state.failed(new FasciaError("HubUnavailable", "no answer"));
    expect(await look()).toMatchObject({ hub: "Unavailable", waiting: undefined });
    state.succeeded(new Map());
    expect(await look()).toMatchObject({ hub: "Gone" });
  });

  test("is believed to have nothing left only when its source has had time to close", async () => {
    program(2);
    expect(await look()).toMatchObject({ waiting: undefined });
    waiting = 3;
    expect(await look()).toMatchObject({ waiting: 3 });
    waiting = 0;
    clock.advance(2000);
    expect(await look()).toMatchObject({ waiting: 0 });
  });

  test("is not held up by a hub that doesn't let anybody count", async () => {
    program(2);
    waiting = -1;
    clock.advance(90_000);
    expect(finalizeStep(await look())).toBe("Leave");
  });

  test("has no source to wait for without a pod", async () => {
    program(2);
    expect(await look(UNREADY)).toMatchObject({ waiting: 0 });
  });

  test("is asked once where the streams end", async () => {
    program(2);
    await look();
    await look();
    expect(cuts).toBe(1);
    draining.forget("clinic/ehr");
    await look();
    expect(cuts).toBe(2);
  });
});

describe("Its pods", () => {
  test.each<[string, DeploymentFacts | undefined]>([
    ["there is no Deployment", undefined],
    ["none are wanted", { ...RUNNING, wanted: 0 }],
    ["none are left", { ...RUNNING, ready: 0, total: 0 }],
  ])("work no more when %s", async (_when, deployment) => {
    expect(await draining.look(ehr, deployment)).toMatchObject({ podsWork: false });
  });

  test("are given ten seconds to be ready, from when one was last", async () => {
    await look();
    clock.advance(60_000);
    await look();
    clock.advance(9999);
    expect(await look(UNREADY)).toMatchObject({ podsWork: true });
    clock.advance(1);
    expect(await look(UNREADY)).toMatchObject({ podsWork: false });
    expect(await look()).toMatchObject({ podsWork: true });
  });
});

describe("Its namespace", () => {
  const failing = (status: number) => (namespace = () => Promise.reject(new KubeError("refused", { status })));

  test("goes when it is being deleted, or gone", async () => {
    expect(await look()).toMatchObject({ namespaceGoes: false });
    namespace = () => Promise.resolve({ metadata: { name: "clinic", deletionTimestamp: "2027-01-01T00:00:00Z" } });
    expect(await look()).toMatchObject({ namespaceGoes: true });
    failing(404);
    expect(await look()).toMatchObject({ namespaceGoes: true });
  });

  test("stays where the operator may not look, and is asked again where the API server fails", async () => {
    failing(403);
    expect(await look()).toMatchObject({ namespaceGoes: false });
    failing(500);
    await expect(look()).rejects.toThrow("refused");
  });
});
