import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { Delivery } from "../../../test/builders/delivery.ts";
import { eventually } from "../../../test/builders/eventually.ts";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import { type TestNats, startNats } from "../../../test/builders/nats.ts";
import { closeHub } from "../../jetstream/hub.ts";
import { silentLog } from "../../telemetry/log.ts";
import { createOperatorMetrics } from "../../telemetry/operatormetrics.ts";
import { Counts } from "./counts.ts";

let nats: TestNats;
let delivery: Delivery;
let clock: ManualClock;
let counts: Counts;
let isOpen: boolean;
let metrics: ReturnType<typeof createOperatorMetrics>;
/** Adapters that were told of. */
let told: string[];

beforeAll(async () => {
  nats = await startNats();
});
beforeEach(async () => {
  delivery = await Delivery.create(nats);
  [clock, metrics, told, isOpen] = [new ManualClock(), createOperatorMetrics({ process: false }), [], true];
  counts = new Counts(() => (isOpen ? delivery.hub : undefined), { clock, log: silentLog, metrics });
  counts.watch.subscribe((key) => told.push(key));
});
afterEach(async () => {
  await counts.stop();
  await delivery.stop();
});
afterAll(() => nats.stop());

const key = () => `default/${delivery.name}`;
const lagShown = () => counts.of(key())?.lag;
const lagMeasured = async () =>
  /fascia_adapter_lag_messages\{adapter="[^"]*"\} (\d+)/
    .exec((await metrics.text()).split("\n").find((line) => line.includes(`"${key()}"`)) ?? "")
    ?.at(1);

/** Another round, and that it is over. */
async function round(): Promise<void> {
  clock.advance(15_000);
  await clock.sleeping(15_000);
}

test("metrics are as the hub was asked last, status is at most as old as a minute, and a change is told", async () => {
  await counts.start();
  await clock.sleeping(15_000);
  expect([lagShown(), await lagMeasured(), told.filter((each) => each === key())]).toEqual([0, "0", [key()]]);
  await delivery.publish({ id: "a" }, "k");
  await eventually(async () =>
    expect((await delivery.hub.jsm.consumers.list(`HUB_${delivery.domain}`).next())[0]?.num_pending).toBe(1),
  );
  await round();
  expect([lagShown(), await lagMeasured()]).toEqual([0, "1"]);
  await round();
  await round();
  expect(lagShown()).toBe(0);
  await round();
  expect(lagShown()).toBe(1);
  for (let more = 0; more < 10; more++) await round();
  expect(told.filter((each) => each === key())).toEqual([key(), key()]);
});

test("of an Adapter that is gone nothing is measured any more", async () => {
  await counts.start();
  await clock.sleeping(15_000);
  expect(await lagMeasured()).toBe("0");
  for (const { name } of delivery.topology.streams) await delivery.hub.jsm.streams.delete(name);
  await round();
  expect([lagShown(), await lagMeasured()]).toEqual([undefined, undefined]);
});

test("a hub that is away is waited for, and what was counted stands", async () => {
  await counts.start();
  await clock.sleeping(15_000);
  isOpen = false;
  await closeHub(delivery.hub);
  clock.advance(15_000);
  await clock.sleeping(200);
  expect(lagShown()).toBe(0);
});
