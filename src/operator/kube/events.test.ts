import { describe, expect, it } from "vitest";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import { silentLog } from "../../telemetry/log.ts";
import { EventRecorder, type Happening } from "./events.ts";
import type { KubeObject, ResourceType } from "./resource.ts";

const ADAPTERS: ResourceType = {
  group: "fascia.dev",
  version: "v1alpha1",
  kind: "Adapter",
  plural: "adapters",
  scope: "Namespaced",
};
const ehr: KubeObject = { metadata: { name: "ehr", namespace: "clinic", uid: "u1", resourceVersion: "7" } };
const ready: Happening = { type: "Normal", reason: "Ready", action: "Reconcile", note: "All is well." };

function rig(fails = false) {
  const clock = new ManualClock(Date.UTC(2027, 0, 1));
  const written: unknown[] = [];
  const write = <T>(body: unknown): Promise<T> => {
    if (fails) return Promise.reject(new Error("no"));
    written.push(body);
    return Promise.resolve(body as T);
  };
  const client = {
    create: <T>(_type: ResourceType, object: T) => write<T>(object),
    merge: <T>(_type: ResourceType, _name: unknown, changes: object) => write<T>(changes),
  };
  return { clock, written, recorder: new EventRecorder({ client, clock, log: silentLog, instance: "operator-0" }) };
}

describe("events", () => {
  it("name what they are about, by whom and when", async () => {
    const { recorder, written } = rig();
    recorder.record(ADAPTERS, ehr, ready);
    await recorder.drained();
    expect(written).toEqual([
      {
        metadata: { name: expect.stringMatching(/^ehr\.[0-9a-f]{16}$/) as string, namespace: "clinic" },
        eventTime: "2027-01-01T00:00:00.000000Z",
        reportingController: "fascia.dev/operator",
        reportingInstance: "operator-0",
        regarding: {
          apiVersion: "fascia.dev/v1alpha1",
          kind: "Adapter",
          name: "ehr",
          namespace: "clinic",
          uid: "u1",
          resourceVersion: "7",
        },
        type: "Normal",
        reason: "Ready",
        action: "Reconcile",
        note: "All is well.",
      },
    ]);
  });

  it("are counted when they come again, and written at most once a minute", async () => {
    const { recorder, written, clock } = rig();
    for (let second = 0; second < 130; second++) {
      recorder.record(ADAPTERS, ehr, ready);
      clock.advance(1000);
    }
    await recorder.drained();
    expect(written.slice(1)).toEqual([
      { series: { count: 61, lastObservedTime: "2027-01-01T00:01:00.000000Z" } },
      { series: { count: 121, lastObservedTime: "2027-01-01T00:02:00.000000Z" } },
    ]);
  });

  it("are new ones when they say something else, are about another object, or come after a long time", async () => {
    const { recorder, written, clock } = rig();
    recorder.record(ADAPTERS, ehr, ready);
    recorder.record(ADAPTERS, ehr, { ...ready, note: "Still." });
    recorder.record(ADAPTERS, { metadata: { ...ehr.metadata, uid: "u2" } }, ready);
    clock.advance(600_000);
    recorder.record(ADAPTERS, ehr, ready);
    await recorder.drained();
    expect(written).toHaveLength(4);
    expect(written).toEqual(written.map(() => expect.objectContaining({ reason: "Ready" }) as unknown));
  });

  it("have notes that the API server takes, however long", async () => {
    const { recorder, written } = rig();
    recorder.record(ADAPTERS, ehr, { ...ready, note: "x".repeat(5000) });
    await recorder.drained();
    expect((written[0] as { note: string }).note).toHaveLength(1000);
  });

  it("of everything at once are written of some, of more when time passes, and of each when it comes again", async () => {
    const { recorder, written, clock } = rig();
    const all = Array.from({ length: 1000 }, (_, i) => ({ metadata: { ...ehr.metadata, uid: `u${i}` } }));
    for (const each of all) recorder.record(ADAPTERS, each, ready);
    await recorder.drained();
    expect(written).toHaveLength(100);
    clock.advance(10_000);
    for (const each of all.slice(-20)) recorder.record(ADAPTERS, each, ready);
    await recorder.drained();
    expect(written).toHaveLength(120);
    expect(written).toEqual(written.map(() => expect.objectContaining({ reason: "Ready" }) as unknown));
  });

  it("that cannot be written stop nobody", async () => {
    const { recorder } = rig(true);
    recorder.record(ADAPTERS, ehr, ready);
    await expect(recorder.drained()).resolves.toBeUndefined();
  });
});
