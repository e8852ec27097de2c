import { beforeEach, expect, test } from "vitest";
import { createLog } from "../telemetry/log.ts";
import type { ManifestProblem } from "../standalone/manifests.ts";
import { RunReport } from "./runreport.ts";

let lines: Record<string, unknown>[];
let report: RunReport;

beforeEach(() => {
  lines = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  report = new RunReport(createLog({ level: "info", destination }));
});

const problem = (rule?: ManifestProblem["rule"], line = 3): ManifestProblem => ({
  file: "a.yaml",
  line,
  path: "spec.emits[0]",
  reason: "ContractVersion visit-v1.0.0 does not exist",
  ...(rule !== undefined && { rule }),
});
const told = (accepted: boolean, ...problems: ManifestProblem[]): unknown[] => {
  lines = [];
  report.tell({ accepted, problems, adapters: [] });
  return lines.map(({ msg }) => msg);
};

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
