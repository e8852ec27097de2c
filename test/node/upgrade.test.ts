import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { EHR_PORT, adapterPods, applyHospital, billed, nodeAddress, untilReady } from "./hospital.ts";
import { eventually } from "../builders/eventually.ts";
import { admission } from "../builders/admission.ts";
import { EhrConnection } from "../builders/ehr.ts";
import { CHART, SYSTEM, release } from "./release.ts";
import { kubectl } from "./tools.ts";

let earlier: string;

beforeAll(async () => {
  earlier = await earlierChart();
  await release({ chart: earlier, values: ["operator.replicas=1", "operator.logLevel=debug"] });
  await applyHospital();
}, 300_000);
afterAll(() => rm(earlier, { recursive: true }));

/** The chart as it might have been before: another version, and CRDs that lack what they have now. */
async function earlierChart(): Promise<string> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "fascia-chart-"));
  await cp(CHART, directory, { recursive: true });
  const file = path.join(directory, "Chart.yaml");
  const chart = parseDocument(await readFile(file, "utf8"));
  chart.set("version", "0.0.9");
  chart.set("appVersion", "0.0.9");
  await writeFile(file, chart.toString());
  return directory;
}

const operatorPods = (): Promise<string> =>
  kubectl(
    "get",
    undefined,
    "pods",
    `--namespace=${SYSTEM}`,
    "--selector=app.kubernetes.io/component=operator",
    "--output=name",
  );

test("An upgrade replaces the operator and no adapter, and messages go on", async () => {
  const before = { adapters: await adapterPods(), operator: await operatorPods() };
  await release();
  expect(await operatorPods()).not.toBe(before.operator);
  await untilReady("fascia", "--all");
  const ehr = new EhrConnection(EHR_PORT, 15_000, await nodeAddress());
  expect(await ehr.send(admission({ controlId: "upgraded", visit: "UPGRADED" }))).toBe("AA");
  ehr.close();
  await eventually(async () => expect((await billed()).some(({ message }) => message.includes("UPGRADED"))).toBe(true));
  expect(await adapterPods()).toEqual(before.adapters);
});
