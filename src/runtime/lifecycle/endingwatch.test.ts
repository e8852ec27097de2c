import { beforeEach, describe, expect, test } from "vitest";
import { DAY_MS, ending } from "../../../test/builders/ending.ts";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import { aContractVersion, aSource, aTarget, anIntegration } from "../../../test/builders/resources.ts";
import { compile } from "../../compile/compile.ts";
import type { AdapterConfig } from "../../compile/config.ts";
import { byKind } from "../../compile/resources.ts";
import { createHealth } from "../../telemetry/health.ts";
import { createLog } from "../../telemetry/log.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import { EndingWatch } from "./endingwatch.ts";

const SUNSET = Date.parse("2027-05-01T00:00:00Z");
const KEY = "visit@1.0.0";
let clock: ManualClock;
let lines: Record<string, unknown>[];
let watch: EndingWatch;
let health: ReturnType<typeof createHealth>;
let metrics: ReturnType<typeof createMetrics>;

const { configs } = compile(byKind([aContractVersion(), aSource("ehr"), aTarget("lab"), anIntegration("visits")]));
const lab = configs.find(({ name }) => name === "lab") as AdapterConfig;
const ehr = configs.find(({ name }) => name === "ehr") as AdapterConfig;

beforeEach(() => {
  clock = new ManualClock(SUNSET - DAY_MS);
  lines = [];
  health = createHealth(clock);
  metrics = createMetrics({ process: false });
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const log = createLog({ level: "info", destination });
  watch = new EndingWatch({ adapter: { namespace: "clinic", name: "lab" }, clock, health, log, metrics });
});

const said = () => lines.map(({ msg, level, integration }) => [level, msg, integration]);
const measured = async () =>
  (await metrics.text()).split("\n").filter((line) => line.startsWith("fascia_contract_ended{"));
const series = (passage: string) =>
  `fascia_contract_ended{adapter="clinic/lab",contract="visit",version="1.0.0",passage="${passage}"} 1`;

describe("That a contract version is used past its end", () => {
  test("is told at the very instant, once, in log, metric and beside readiness, and no longer than it is so", async () => {
    watch.configure(ending(lab, KEY, SUNSET));
    clock.advance(DAY_MS - 1);
    expect([lines, await measured(), health.ready()]).toEqual([[], [], { ok: true, failing: [] }]);
    clock.advance(1);
    clock.advance(DAY_MS);
    expect(said()).toEqual([["warn", "messages wait", "visits"]]);
    expect(await measured()).toEqual([series("Held")]);
    expect(health.ready()).toMatchObject({
      ok: true,
      notes: [
        expect.stringMatching(/^contracts of adapter clinic\/lab: visit-v1\.0\.0 has had its sunset on 2027-05-01/),
      ],
    });
    watch.configure(lab);
    expect(said().at(-1)).toEqual(["info", "messages wait no more", "visits"]);
    expect([await measured(), health.ready()]).toEqual([[], { ok: true, failing: [] }]);
  });

  test("is told again when the exception ends by which messages go on", async () => {
    watch.configure(ending(lab, KEY, SUNSET, SUNSET + 10 * DAY_MS));
    clock.advance(DAY_MS);
    expect(said()).toEqual([["warn", "contract has ended", "visits"]]);
    expect(await measured()).toEqual([series("Loud")]);
    clock.advance(10 * DAY_MS);
    expect(said().at(-1)).toEqual(["warn", "messages wait", "visits"]);
    expect(await measured()).toEqual([series("Held")]);
  });

  test("is told of a source, too", () => {
    watch.configure(ending(ehr, KEY, SUNSET));
    clock.advance(DAY_MS);
    expect(said()).toEqual([["warn", "messages wait", undefined]]);
  });

  test("is waited for by one timer, which no length of time is too long for, and by none when nothing runs", () => {
    clock = new ManualClock(SUNSET - 400 * DAY_MS);
    watch = new EndingWatch({ adapter: lab, clock, health, log: createLog({ level: "silent" }), metrics });
    watch.configure(ending(lab, KEY, SUNSET));
    watch.configure(ending(lab, KEY, SUNSET));
    expect(clock.sleepers).toBe(1);
    clock.advance(2 ** 31 - 1);
    expect(clock.sleeps(2 ** 31 - 1)).toBe(true);
    watch.configure(undefined);
    expect(clock.sleepers).toBe(0);
  });
});
