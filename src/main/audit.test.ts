import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { aContractVersion, aPolicyException, aSource } from "../../test/builders/resources.ts";
import { jsonLines } from "../../test/builders/process.ts";
import { type TestHub, startHub } from "../../test/builders/starthub.ts";
import type { AuditRecord } from "../api/audit.ts";
import { systemClock } from "../base/clock.ts";
import { AuditTrail } from "../jetstream/audit/trail.ts";
import { silentLog } from "../telemetry/log.ts";
import { createMetrics } from "../telemetry/metrics.ts";

const cli = fileURLToPath(new URL("./cli.js", import.meta.url));
let hub: TestHub;
let directory: string;

async function run(...args: string[]): Promise<{ stdout: string; stderr: string; status: number }> {
  const child = spawn(process.execPath, [cli, ...args, "--nats", hub.nats.url], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number>((resolve) => child.once("close", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { stdout, stderr, status: await ended };
}

const recordOf = (at: number, more: Partial<AuditRecord>): AuditRecord => ({
  verdict: "Denied",
  by: "Admission",
  at,
  count: 1,
  user: { name: "ada", groups: ["authors"] },
  operation: "UPDATE",
  resource: { kind: "ContractVersion", name: "visit-v1.0.0" },
  rules: [{ rule: "lifecycle/published-changed", path: "spec.json" }],
  ...more,
});

beforeAll(async () => {
  hub = await startHub();
  directory = await mkdtemp(path.join(tmpdir(), "fascia-audit-"));
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
  await hub.stop();
});

describe("fascia audit", () => {
  test("says so where nothing was ever denied", async () => {
    const { stdout, status } = await run("audit");
    expect([stdout, status]).toEqual(["Nothing was denied or excepted in the last 72 hours.\n", 0]);
  });

  test("lists who was denied what by which rule, and which exceptions were used", async () => {
    const deps = {
      clock: systemClock,
      random: Math.random,
      log: silentLog,
      metrics: createMetrics({ process: false }),
    };
    const connection = { open: () => Promise.resolve(hub), close: () => Promise.resolve() };
    const trail = new AuditTrail({ ...connection, replicas: 1 }, deps);
    const { metadata } = aPolicyException();
    const exception = { namespace: "clinic", name: metadata.name, until: "2027-05-01T00:00:00Z" };
    const lab = { kind: "Adapter", namespace: "clinic", name: "lab" };
    trail.record(recordOf(0, {}));
    trail.record(
      recordOf(1000, {
        verdict: "AllowedByException",
        resource: lab,
        rules: [{ rule: "ownership/system-claim", path: "spec.system", exception }],
      }),
    );
    await trail.stop();
    const { stdout } = await run("audit");
    expect(stdout.split("\n").map((line) => line.trimEnd().replaceAll(/ {2,}/g, "  "))).toEqual([
      "TIME  VERDICT  BY  WHO  WHAT  RULE  TIMES",
      "1970-01-01 00:00:00  Denied  Admission  ada  UPDATE ContractVersion visit-v1.0.0  lifecycle/published-changed  1",
      "1970-01-01 00:00:01  Allowed by clinic/old-lab  Admission  ada  UPDATE Adapter clinic/lab  ownership/system-claim  1",
      "",
    ]);
    const named = async (...args: string[]) =>
      jsonLines((await run("audit", "-o", "json", ...args)).stdout).map(
        (record) => (record as unknown as AuditRecord).resource.name,
      );
    expect(await named("--rule", "ownership/system-claim")).toEqual(["lab"]);
    expect(await named("--resource", "visit-v1.0.0")).toEqual(["visit-v1.0.0"]);
    expect(await named("--resource", "Adapter/clinic/lab")).toEqual(["lab"]);
    expect(await named("--resource", "elsewhere/lab")).toEqual([]);
  });

  test.each([
    ["--rule", "no/rule"],
    ["--since", "-1"],
  ])("refuses %s %s", async (...args) => {
    expect((await run("audit", ...args)).status).toBe(2);
  });

  test("has what `fascia run` refused, though it ended over it", async () => {
    const documents = [aContractVersion(), aSource("ehr", 2575), aSource("lis", 2575)];
    await writeFile(path.join(directory, "all.yaml"), documents.map((each) => stringify(each)).join("---\n"));
    const data = path.join(directory, "data");
    const { status, stderr } = await run("run", directory, "--data", data, "--telemetry", "off");
    expect([status, stderr]).toEqual([1, expect.stringContaining("listen/port-taken")]);
    const found = jsonLines((await run("audit", "-o", "json", "--rule", "listen/port-taken")).stdout);
    expect(found).toMatchObject([{ verdict: "Denied", by: "Run", resource: { namespace: "clinic" }, count: 1 }]);
    expect(found).not.toHaveProperty("0.user");
  });
});
