/**
 * A stand-in as a process of its own:
 *
 *   node hack/demo/standins/main.ts billing --port 2576 --journal billing.ndjson
 *
 * prints one line of JSON with its address. It listens on --host, without which only this machine reaches it. With
 * --control it reads a Behaviour a line from standard input, prints `{"done":true}` once it is in force, and ends when
 * standard input does.
 */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { createBilling } from "./billing.ts";
import { createEligibility } from "./eligibility.ts";
import { createPatientApp } from "./patientapp.ts";
import type { Behaviour } from "./script.ts";

const kinds = {
  billing: createBilling,
  eligibility: createEligibility,
  "idempotent-eligibility": (options: Parameters<typeof createEligibility>[0]) =>
    createEligibility({ ...options, idempotent: true }),
  "patient-app": createPatientApp,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    host: { type: "string" },
    port: { type: "string", default: "0" },
    journal: { type: "string" },
    control: { type: "boolean" },
  },
});
const kind = positionals[0] ?? "";
if (!Object.hasOwn(kinds, kind)) {
  console.error(
    `usage: main.ts ${Object.keys(kinds).join("|")} [--host ADDRESS] [--port N] [--journal FILE] [--control]`,
  );
  process.exit(2);
}
const { host, port, journal, control } = values;
const standIn = await kinds[kind as keyof typeof kinds]({
  port: Number(port),
  ...(host !== undefined && { host }),
  ...(journal !== undefined && { journal }),
});
console.log(JSON.stringify({ address: standIn.address, port: standIn.port }));

if (control === true) {
  for await (const line of createInterface(process.stdin)) {
    await standIn.setBehaviour(JSON.parse(line) as Behaviour);
    console.log(JSON.stringify({ done: true }));
  }
} else {
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
}
await standIn.close();
process.exit();
