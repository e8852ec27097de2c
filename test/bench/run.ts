import { parseArgs } from "node:util";
import { table } from "../../src/main/table.ts";
import type { BenchRow } from "./row.ts";

/** Benches by name, each loaded only when it is run. */
export type Benches = Record<string, () => Promise<() => Promise<BenchRow[]>>>;

/** Runs the benches that the command line names (`--only a,b`; default: all), and tells a table or, with `--json`, JSON lines. */
export async function runBenches(benches: Benches): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: "boolean" }, only: { type: "string" } } });
  const wanted = values.only?.split(",") ?? Object.keys(benches);
  const unknown = wanted.filter((name) => !(name in benches));
  if (unknown.length > 0) {
    process.stderr.write(`bench: no ${unknown.join(", ")}; there are ${Object.keys(benches).join(", ")}\n`);
    process.exit(2);
  }
  const rows: BenchRow[] = [];
  for (const name of wanted) {
    process.stderr.write(`bench: ${name} …\n`);
    const bench = await (benches[name] as Benches[string])();
    for (const row of await bench()) {
      rows.push(row);
      if (values.json) process.stdout.write(`${JSON.stringify({ ...row, ratio: ratioOf(row) })}\n`);
    }
  }
  if (!values.json)
    process.stdout.write(table(["figure", "value", "baseline", "ratio", "goal", "note"], rows.map(cells)));
  process.exit();
}

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
