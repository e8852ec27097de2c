import { afterEach, describe, expect, test } from "vitest";
import { type Channel, isChannel, type Outcome } from "../../src/adapters/adapter.ts";
import { CANARY, KeptLog } from "./canary.ts";
import { ManualClock } from "../builders/manualclock.ts";
import { TARGET_CASES, type TargetStage } from "./targets/cases.ts";
import { file } from "./targets/file.ts";
import { fhirTransaction, fhirUpdate, http } from "./targets/http.ts";
import { mllp } from "./targets/mllp.ts";
import type { TargetDriver } from "./targets/target.ts";

/** Every target there is. A further one is a further driver. */
const DRIVERS: TargetDriver[] = [mllp, http, fhirUpdate, fhirTransaction, file];

const never = new AbortController().signal;
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

describe.each(DRIVERS)("a message to a $name target", (driver) => {
  const cases = TARGET_CASES.filter(({ hasPeer }) => hasPeer !== true || driver.hasPeer);

  test.each(cases)("$says", async ({ run }) => {
    const stage = await setUp(driver);
    await run(stage);
    expect(stage.seen()).not.toContain(CANARY);
  });
});

async function setUp(driver: TargetDriver, options?: { unreachable: boolean }): Promise<TargetStage> {
  const kept = new KeptLog();
  const clock = new ManualClock();
  const rig = await driver.create({ log: kept.log, clock }, options);
  const outcomes: unknown[] = [];
  const { target } = rig;
  const closing = async (): Promise<void> => {
    const closed = target.close();
    // A peer that hangs is given up by the clock.
    clock.advance(driver.timeoutMs + 60_000);
    await closed;
  };
  cleanups.push(closing, rig.dispose);
  const send = async (channel: Channel, n: number, signal = never): Promise<Outcome> => {
    const message = { payload: rig.payload(n), messageId: `k1.m${n}`, idempotencyKey: `k1.i${n}` };
    const outcome = await channel.send(message, signal);
    outcomes.push(outcome);
    return outcome;
  };
  return {
    ...rig,
    clock,
    timeoutMs: driver.timeoutMs,
    send,
    deliver: async (n, signal) => {
      const channel = await target.acquire(never);
      if (!isChannel(channel)) {
        outcomes.push(channel);
        return channel;
      }
      const outcome = await send(channel, n, signal);
      channel.release();
      return outcome;
    },
    acquire: async () => {
      const channel = await target.acquire(never);
      if (isChannel(channel)) return channel;
      throw new Error(channel.reason);
    },
    unreachable: () => setUp(driver, { unreachable: true }),
    seen: () => JSON.stringify(outcomes) + kept.text,
  };
}
