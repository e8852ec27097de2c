import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../../../test/builders/eventually.ts";
import { type TestHub, startHub } from "../../../test/builders/starthub.ts";
import type { AuditRecord } from "../../api/audit.ts";
import { systemClock } from "../../base/clock.ts";
import { AUDIT_STREAM, AUDIT_SUBJECTS } from "../../compile/names.ts";
import { createLog, silentLog } from "../../telemetry/log.ts";
import { createOperatorMetrics } from "../../telemetry/operatormetrics.ts";
import { closeHub, connectHub } from "../hub.ts";
import { readMessages } from "../read.ts";
import { AuditTrail } from "./trail.ts";

let hub: TestHub;
let trail: AuditTrail;
const metrics = createOperatorMetrics({ process: false });
const lines: string[] = [];
const log = createLog({ level: "info", destination: { write: (line) => void lines.push(line) } });

const trailOf = () => {
  const open = () => connectHub({ url: hub.nats.url }, "test_audit");
  return new AuditTrail({ open, close: closeHub, replicas: 1 }, { clock: systemClock, random: () => 0, log, metrics });
};
beforeEach(async () => {
  hub = await startHub();
  trail = trailOf();
});
afterEach(async () => {
  await trail.stop();
  await hub.stop();
});

const denied = (name: string, namespace?: string): AuditRecord => ({
  verdict: "Denied",
  by: "Admission",
  at: 1,
  count: 1,
  user: { name: "system:serviceaccount:clinic:gitops", groups: [] },
  resource: { kind: "Adapter", ...(namespace !== undefined && { namespace }), name },
  rules: [{ rule: "listen/port-taken", path: "spec" }],
});

async function written(): Promise<AuditRecord[]> {
  const found: AuditRecord[] = [];
  for await (const { data } of readMessages(hub, AUDIT_STREAM, AUDIT_SUBJECTS, { sequence: 1 }))
    found.push(JSON.parse(Buffer.from(data).toString()) as AuditRecord);
  return found;
}
const names = async () => (await written()).map(({ resource }) => resource.name).toSorted();

describe("A record", () => {
  test("is written though nobody has made the stream yet, whatever its namespace", async () => {
    trail.record(denied("ehr", "clinic"));
    trail.record(denied("lab"));
    trail.record(denied("odd", "a.b > c"));
    await eventually(async () => expect(await names()).toEqual(["ehr", "lab", "odd"]));
  });

  test("is logged at once, and written when the hub is back", async () => {
    await hub.nats.kill();
    lines.length = 0;
    const begun = performance.now();
    for (let i = 0; i < 100; i++) trail.record(denied(`n${i}`));
    expect(performance.now() - begun).toBeLessThan(500);
    expect(lines.filter((line) => line.includes("denied by policy"))).toHaveLength(100);
    expect(lines[0]).toContain("system:serviceaccount:clinic:gitops");
    await hub.nats.restart();
    await eventually(async () => expect(await names()).toHaveLength(100), 20_000);
  });

  test("that memory has no room for is counted, and in the log", async () => {
    await hub.nats.kill();
    lines.length = 0;
    const once = (i: number) => trail.record(denied(`n${i}`), `t${i}`);
    for (let i = 0; i < 2010; i++) once(i);
    expect(await metrics.text()).toContain("fascia_audit_lost_total 10");
    expect(lines.filter((line) => line.includes("denied by policy"))).toHaveLength(2010);
    await trail.stop();
  });

  test("that the hub never takes is counted, and the log says why; the next one is written", async () => {
    trail.record(denied("first"));
    await eventually(async () => expect(await names()).toEqual(["first"]));
    await hub.jsm.streams.update(AUDIT_STREAM, { max_msg_size: 10 });
    lines.length = 0;
    const isLost = (line: string) => line.includes("audit record not written");
    trail.record(denied("refused"));
    await eventually(() => expect(lines.filter(isLost)).toHaveLength(1));
    expect(JSON.parse(lines.find(isLost) ?? "")).toMatchObject({ count: 1, code: "MessageTooLarge" });
    await hub.jsm.streams.update(AUDIT_STREAM, { max_msg_size: -1 });
    trail.record(denied("next"));
    await eventually(async () => expect(await names()).toEqual(["first", "next"]));
  });

  test("of what is recorded once is there once, however many processes find it", async () => {
    const other = trailOf();
    for (const each of [trail, other, trail]) each.record(denied("ehr"), "token");
    trail.record(denied("lab"), "token-2");
    await eventually(async () => expect(await names()).toEqual(["ehr", "lab"]));
    await other.stop();
    expect(await names()).toEqual(["ehr", "lab"]);
  });

  test("that repeats another one is counted, and written at the end at the latest", async () => {
    for (let i = 0; i < 5; i++) trail.record(denied("ehr"));
    await trail.stop();
    expect((await written()).map(({ count }) => count).toSorted()).toEqual([1, 4]);
  });
});

test("Nothing to record opens no connection", async () => {
  const open = () => Promise.reject(new Error("was opened"));
  const deps = { clock: systemClock, random: () => 0, log: silentLog, metrics };
  const idle = new AuditTrail({ open, close: closeHub, replicas: 1 }, deps);
  await idle.start();
  idle.record(undefined);
  await expect(idle.stop()).resolves.toBeUndefined();
});
