import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type TestHub, startHub } from "../../test/builders/starthub.ts";
import { systemClock } from "../base/clock.ts";
import type { AdapterConfig } from "../compile/config.ts";
import { contentHash } from "../base/hash.ts";
import { silentLog } from "../telemetry/log.ts";
import { HubProgram, type Program } from "./program.ts";

const MIB = 1024 ** 2;

let hub: TestHub;
let program: HubProgram;

beforeAll(async () => {
  hub = await startHub();
  // The bucket of configurations has 8 MiB of it.
  program = await HubProgram.open({ hub, storeBytes: 64 * MIB, replicas: 1, clock: systemClock, log: silentLog });
});
afterAll(() => hub.stop());
beforeEach(async () => {
  await program.write(of(), []);
});

const of = (...configs: AdapterConfig[]): Program => ({ streams: [], consumers: [], configs });
const there = async () => (await program.configs.list()).map(({ name }) => name).toSorted();

function config(name: string, bytes: number): AdapterConfig {
  const spec = { system: "x", owner: "o".repeat(bytes) } as AdapterConfig["spec"];
  const revision = contentHash(`${name} ${bytes}`);
  return { revision, namespace: "clinic", name, spec, contracts: {}, emits: [], routes: [], domains: [] };
}

test("what is deleted makes room in a full bucket for what comes", async () => {
  const [ehr, lab] = [config("ehr", 3.5 * MIB), config("lab", 3.5 * MIB)];
  await program.write(of(ehr, lab), []);
  await expect(program.write(of(ehr, lab, config("app", 3.5 * MIB)), [])).rejects.toThrow("is full");
  const remembered = { id: "a", revision: "1", text: () => "x".repeat(2 * MIB) };
  await program.write(of(lab, config("app", 1.5 * MIB)), [remembered]);
  expect(await there()).toEqual(["app", "lab"]);
});

test("what does not fit leaves nothing behind in a full bucket", async () => {
  await program.write(of(config("ehr", 3.5 * MIB)), []);
  await expect(program.write(of(config("ehr", 3.5 * MIB), config("lab", 6 * MIB)), [])).rejects.toThrow("is full");
  await program.write(of(config("ehr", 3.5 * MIB), config("lab", 3.5 * MIB)), []);
  expect(await there()).toEqual(["ehr", "lab"]);
});
