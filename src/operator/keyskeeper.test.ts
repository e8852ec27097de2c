import { expect, it } from "vitest";
import { ManualClock } from "../../test/builders/manualclock.ts";
import type { Log } from "../telemetry/log.ts";
import { createLog } from "../telemetry/log.ts";
import { keysKeeper } from "./keyskeeper.ts";

const MINUTE_MS = 60_000;

/** What the log says of a minute in which the Secret is as `keep` says. */
async function minuteWith(keep: () => Promise<string>): Promise<string> {
  const lines: string[] = [];
  const log: Log = createLog({ level: "info", destination: { write: (line) => void lines.push(line) } });
  const clock = new ManualClock();
  const keeper = keysKeeper({ keys: "k1", keep, clock, log });
  await keeper.start(new AbortController().signal);
  clock.advance(MINUTE_MS);
  await new Promise(setImmediate);
  await keeper.stop();
  return lines.join("");
}

it("looks each minute that the Secret is there, and has nothing to say where it is as it was", async () => {
  let looks = 0;
  const said = await minuteWith(async () => {
    looks++;
    return "k1";
  });
  expect([looks, said]).toEqual([1, ""]);
});

it("says that other keys stand in place of them, and quotes none", async () => {
  const said = await minuteWith(async () => "k2");
  expect(said).toContain("keys of the installation were replaced");
  expect(said).not.toMatch(/k1|k2/);
});

it("goes on where the API server does not answer", async () => {
  expect(await minuteWith(() => Promise.reject(new Error("away")))).toContain("not looked after");
});
