import { afterEach, describe, expect, test } from "vitest";
import type { Received } from "../../src/adapters/adapter.ts";
import { CANARY, KeptLog } from "./canary.ts";
import { SOURCE_CASES, type SourceStage } from "./sources/cases.ts";
import { file } from "./sources/file.ts";
import { http } from "./sources/http.ts";
import { mllp } from "./sources/mllp.ts";
import type { SourceDriver } from "./sources/source.ts";

/** Every source there is. A further one is a further driver. */
const DRIVERS = [mllp, http, file];

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

describe.each(DRIVERS)("the $name source", (driver) => {
  const cases = SOURCE_CASES.filter(({ listens }) => listens !== true || driver.listens);

  test.each(cases)("$says", async ({ run }) => {
    const stage = await setUp(driver);
    await run(stage);
    await stage.source.stop();
    expect(stage.log()).not.toContain(CANARY);
  });
});

async function setUp(driver: SourceDriver): Promise<SourceStage> {
  const kept = new KeptLog();
  const deps = { log: kept.log, host: "127.0.0.1" };
  const rig = await driver.create(deps);
  cleanups.push(rig.dispose, () => rig.source.stop());
  const stage: SourceStage = {
    ...rig,
    listens: driver.listens,
    handedOn: [],
    received: [],
    receive: async () => ({ status: "Accepted", messageId: "k1.m" }),
    start: () =>
      rig.source.start((message: Received) => {
        stage.received.push(message);
        stage.handedOn.push(Buffer.from(message.body).toString("latin1"));
        return stage.receive(message);
      }),
    sender: async () => rig.connect(await stage.start()),
    startOn: async (port) => {
      const other = await driver.create({ ...deps, portOverride: port });
      cleanups.push(other.dispose, () => other.source.stop());
      return other.source.start(async () => ({ status: "Accepted", messageId: "k1.m" }));
    },
    log: () => kept.text,
  };
  return stage;
}
