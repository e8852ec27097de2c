import { cp, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BillingRecord, createBilling } from "../../hack/demo/standins/billing.ts";
import { type EligibilityRecord, createEligibility } from "../../hack/demo/standins/eligibility.ts";
import { type PatientApp, createPatientApp } from "../../hack/demo/standins/patientapp.ts";
import type { StandIn } from "../../hack/demo/standins/standin.ts";
import { freePort } from "./ports.ts";
import { type FasciaProcess, jsonLines, spawnFascia } from "./process.ts";

/** The hospital sample in a directory of its own, with stand-ins on free ports. */
export interface Hospital {
  manifests: string;
  data: string;
  ehrPort: number;
  auditFile: string;
  billing: StandIn<BillingRecord>;
  eligibility: StandIn<EligibilityRecord>;
  app: PatientApp;
  /** Starts `fascia run` on it; ready when it resolves. */
  run(...options: string[]): Promise<FasciaProcess>;
  /** Starts `fascia adapter NAME` beside it. */
  adapter(name: string, ...options: string[]): Promise<FasciaProcess>;
  /** Runs a command to its end with `--data`; rejects unless it exits with 0. */
  command(...args: string[]): Promise<string>;
  /** Replaces text in the manifests: an edit as a person would make it. */
  edit(file: string, change: (text: string) => string): Promise<void>;
  /** What the audit feed holds. */
  audit(): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

const SAMPLE = "config/samples/hospital";

/** `change` edits the manifests before anything runs; `env` is what the processes find in their environment. */
export async function createHospital(
  change: (file: string, text: string) => string = (_f, text) => text,
  env: Record<string, string> = {},
): Promise<Hospital> {
  const dir = await mkdtemp(join(tmpdir(), "fascia-hospital-"));
  const manifests = join(dir, "manifests");
  const data = join(dir, "data");
  const auditFile = join(dir, "audit.ndjson");
  const ehrPort = await freePort();
  const billing = await createBilling({ port: 0 });
  const eligibility = await createEligibility({ port: 0, idempotent: true });
  const app = await createPatientApp({ port: 0 });
  await cp(SAMPLE, manifests, { recursive: true });
  const places: [string, string][] = [
    ["port: 2575", `port: ${ehrPort}`],
    ["port: 2576", `port: ${billing.port}`],
    ["http://127.0.0.1:8081", `http://127.0.0.1:${eligibility.port}`],
    ["http://127.0.0.1:8082", `http://127.0.0.1:${app.port}`],
    ["path: .fascia/audit.ndjson", `path: ${auditFile}`],
  ];
  const edit = async (file: string, modify: (text: string) => string) => {
    const path = join(manifests, file);
    await writeFile(path, modify(await readFile(path, "utf8")));
  };
  for (const file of (await readdir(manifests)).filter((name) => name.endsWith(".yaml"))) {
    await edit(file, (text) =>
      change(
        file,
        places.reduce((t, [from, to]) => t.replaceAll(from, to), text),
      ),
    );
  }
  const processes: FasciaProcess[] = [];
  const start = async (...args: string[]) => {
    const started = spawnFascia(args, env);
    processes.push(started);
    await started.ready;
    return started;
  };
  return {
    manifests,
    data,
    ehrPort,
    auditFile,
    billing,
    eligibility,
    app,
    edit,
    run: (...options) => start("run", manifests, "--data", data, "--telemetry", "off", "--json", ...options),
    adapter: (name, ...options) => start("adapter", name, "--data", data, "--json", ...options),
    command: async (...args) => {
      const { code, stdout, stderr } = await spawnFascia([...args, "--data", data], env).ended;
      if (code !== 0) throw new Error(`fascia ${args.join(" ")} ended with ${code}: ${stderr}`);
      return stdout;
    },
    audit: async () => {
      return jsonLines(await readFile(auditFile, "utf8").catch(() => ""));
    },
    stop: async () => {
      await Promise.all(processes.map((p) => p.stop()));
      await Promise.all([billing.close(), eligibility.close(), app.close()]);
      await rm(dir, { recursive: true, force: true });
    },
  };
}
