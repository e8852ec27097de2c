import { parseArgs } from "node:util";
import { table } from "../../src/main/table.ts";
import type { BenchRow } from "./row.ts";

/** `npm run bench [-- --json] [-- --only ingest,parse]`: every figure beside a baseline of the same run. */
const BENCHES: Record<string, () => Promise<() => Promise<BenchRow[]>>> = {
  parse: async () => (await import("./parse.ts")).parseBench,
  convert: async () => (await import("./convert.ts")).convertBench,
  start: async () => (await import("./start.ts")).startBench,
  ingest: async () => (await import("./ingest.ts")).ingestBench,
  whole: async () => (await import("./whole.ts")).wholeBench,
  memory: async () => (await import("./memory.ts")).memoryBench,
};

const { values } = parseArgs({ options: { json: { type: "boolean" }, only: { type: "string" } } });
const wanted = values.only?.split(",") ?? Object.keys(BENCHES);
const unknown = wanted.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  process.stderr.write(`bench: no ${unknown.join(", ")}; there are ${Object.keys(BENCHES).join(", ")}\n`);
  process.exit(2);
}

const rows: BenchRow[] = [];
for (const name of wanted) {
  process.stderr.write(`bench: ${name} …\n`);
  const bench = await (BENCHES[name] as () => Promise<() => Promise<BenchRow[]>>)();
  for (const row of await bench()) {
    rows.push(row);
    if (values.json) process.stdout.write(`${JSON.stringify({ ...row, ratio: ratioOf(row) })}\n`);
  }
}
if (!values.json)
  process.stdout.write(table(["figure", "value", "baseline", "ratio", "goal", "note"], rows.map(cells)));
process.exit();

function ratioOf({ value, baseline }: BenchRow): number | undefined {
  return baseline && value / baseline.value;
}

function cells(row: BenchRow): string[] {
  const { name, value, unit, baseline, goal, note } = row;
  const ratio = ratioOf(row);
  const base = baseline ? `${format(baseline.value)} ${baseline.name}` : "";
  return [
    name,
    `${format(value)} ${unit}`,
    base,
    ratio === undefined ? "" : ratio.toFixed(2),
    goal === undefined ? "" : String(goal),
    note ?? "",
  ];
}

function format(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}
