import { beforeEach, expect, test } from "vitest";
import { type Health, createHealth } from "../telemetry/health.ts";
import { createLog } from "../telemetry/log.ts";
import { type Metrics, createMetrics } from "../telemetry/metrics.ts";
import type { Applied } from "../standalone/controlplane.ts";
import type { ManifestProblem } from "../standalone/manifests.ts";
import { RunReport } from "./runreport.ts";

let lines: Record<string, unknown>[];
let health: Health;
let metrics: Metrics;
let report: RunReport;

beforeEach(() => {
  lines = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  health = createHealth({ monotonic: () => 0 });
  metrics = createMetrics({ process: false });
  report = new RunReport({ log: createLog({ level: "info", destination }), health, metrics });
});

const problem = (rule?: ManifestProblem["rule"], line = 3): ManifestProblem => ({
  file: "a.yaml",
  line,
  path: "spec.emits[0]",
  reason: "ContractVersion visit-v1.0.0 does not exist",
  ...(rule !== undefined && { rule }),
});
const told = (accepted: boolean, ...problems: ManifestProblem[]): unknown[] =>
  toldOf({ accepted, problems, lapsed: [], adapters: [] });
function toldOf(applied: Applied): unknown[] {
  lines = [];
  report.tell(applied);
  return lines.map(({ msg }) => msg);
}

test("a warning is told once for as long as it is so, wherever it has moved to in its file", () => {
  expect(told(true, problem("references/unresolved"))).toEqual(["reference does not resolve"]);
  expect(told(true, problem("references/unresolved", 4))).toEqual([]);
  expect(told(true)).toEqual([]);
  expect(told(true, problem("references/unresolved"))).toEqual(["reference does not resolve"]);
});

test("an edit that is refused is told whole each time, and what was warned of before is not told again after it", () => {
  told(true, problem("references/unresolved"));
  const refused = ["edit refused", "manifests refused"];
  expect(told(false, problem("listen/port-taken"))).toEqual(refused);
  expect(told(false, problem("listen/port-taken"))).toEqual(refused);
  expect(told(true, problem("references/unresolved"))).toEqual([]);
});

test("file, line, path, reason and rule are fields of the line", () => {
  told(false, problem("listen/port-taken"));
  expect(lines[0]).toMatchObject({ ...problem(), code: "listen/port-taken" });
});

test("a warning of another rule is no missing reference, a Secret that is not there is one", () => {
  expect(told(true, problem("spec/unusable"), problem())).toEqual([
    "allowed with a warning",
    "reference does not resolve",
  ]);
});

const refused = async (): Promise<string | undefined> =>
  (await metrics.text()).split("\n").find((line) => line.startsWith("fascia_refused_manifests"));

test("an edit that is refused shows beside readiness, and as a metric, until the directory is in effect again", async () => {
  told(true);
  expect([health.ready(), await refused()]).toEqual([{ ok: true, failing: [] }, "fascia_refused_manifests 0"]);
  told(false, problem("listen/port-taken"), problem("spec/unusable"));
  const note = "manifests: the last edit is refused, and what was there before goes on; the log says why";
  expect([health.ready(), await refused()]).toEqual([
    { ok: true, failing: [], notes: [note] },
    "fascia_refused_manifests 2",
  ]);
  told(true);
  expect([health.ready(), await refused()]).toEqual([{ ok: true, failing: [] }, "fascia_refused_manifests 0"]);
});

test("what goes on after its exception is told once as an error, and beside readiness for as long as it does", () => {
  const applied = { accepted: true, problems: [], lapsed: [problem("ownership/system-claim")], adapters: [] };
  expect(toldOf(applied)).toEqual(["what an exception let pass goes on after its end"]);
  expect(lines[0]).toMatchObject({ level: "error", code: "ownership/system-claim" });
  expect(toldOf(applied)).toEqual([]);
  expect(health.ready().notes).toEqual([expect.stringMatching(/^exceptions: 1 denied by now/)]);
  expect(toldOf({ ...applied, lapsed: [] })).toEqual([]);
  expect(health.ready()).toEqual({ ok: true, failing: [] });
});
