import Table from "cli-table3";
import colours from "picocolors";
import type { Board } from "./board.ts";
import { type Arrival, STEPS, SYSTEMS, type System, WITHHELD, compare, leaks } from "./scenario.ts";
import { PORTS, type Systems } from "./systems.ts";

export interface Verdict {
  complete: boolean;
  table: string;
  /** What is missing or too much, one line each. */
  remarks: string[];
}

/** What was expected of each step and what was seen, system by system. */
export function judge(board: Board): Verdict {
  const results = STEPS.map((step, index) => ({ step, ...compare(step.expected, board.steps[index] ?? []) }));
  const expected = STEPS.flatMap((step) => step.expected);
  const missing = results.flatMap((result) => result.missing);
  const rows = SYSTEMS.map((system) => {
    const of = <T extends { system: System }>(list: T[]) => list.filter((item) => item.system === system);
    const arrivals = of(board.all);
    const wanted = of(expected).length;
    const good = of(missing).length === 0 && arrivals.length === wanted;
    const seen = good ? colours.green(arrivals.length) : colours.red(arrivals.length);
    const withheld = WITHHELD[system]?.length ?? "";
    return [system, wanted, seen, withheld, arrivals.at(-1)?.example ?? ""];
  });
  const head = ["system", "expected", "seen", "values withheld", "last one"];
  const table = new Table({
    head,
    style: { head: [], border: [] },
    chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
  });
  table.push(...rows);
  const remarks: string[] = [];
  for (const { step, missing: lacking, surplus } of results) {
    for (const { system, what } of lacking) remarks.push(`${step.file}: ${system} never got ${what}`);
    for (const { system, what } of surplus) remarks.push(`${step.file}: ${system} got one ${what} too many`);
  }
  for (const { system, value } of leaks(board.all))
    remarks.push(`${system} got ${value}, which it has no clearance for`);
  return { complete: remarks.length === 0, table: table.toString(), remarks };
}

/** What there is to play with while everything runs. */
export function playground(systems: Systems, dataDir: string, board: Board): string {
  const addresses = Object.entries({
    EHR: `mllp://127.0.0.1:${PORTS.ehr}`,
    ...systems.addresses,
    "metrics, health": "http://127.0.0.1:9464/metrics, /healthz, /readyz",
  });
  const width = Math.max(...addresses.map(([name]) => name.length));
  const fascia = "./fascia";
  return [
    "Everything is still running:",
    ...addresses.map(([name, address]) => `  ${name.padEnd(width)}  ${address}`),
    "",
    "Try, in another terminal:",
    `  ${fascia} send 127.0.0.1:${PORTS.ehr} config/samples/hospital/messages/a08.hl7 --unique`,
    `  curl -s ${systems.addresses["patient app"]}/${patientReference(board.all)}`,
    `  ${fascia} trace ${messageId(board.all)} --data ${dataDir}`,
    `  ${fascia} quarantine list --data ${dataDir}`,
    "",
    "^C stops it all.",
  ].join("\n");
}

function messageId(arrivals: Arrival[]): string {
  const line = arrivals.find(({ system }) => system === "audit")?.raw ?? `{"messageId":"ID"}`;
  return (JSON.parse(line) as { messageId: string }).messageId;
}

function patientReference(arrivals: Arrival[]): string {
  const patient = arrivals.findLast(({ system, what }) => system === "patient app" && what === "Patient");
  return `Patient/${(JSON.parse(patient?.raw ?? `{"id":"ID"}`) as { id: string }).id}`;
}
