import { cp, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type NodeProcess, spawnNode } from "../builders/node.ts";
import { freePort } from "../builders/ports.ts";
import { type FasciaProcess, spawnFascia } from "../builders/process.ts";

/** The hospital sample with each stand-in in a process of its own, so that the product is measured and not they. */
export interface BenchHospital {
  ehrPort: number;
  /** Directory of what the stand-ins and the audit feed wrote. */
  journals: string;
  fascia: FasciaProcess;
  stop(): Promise<void>;
}

export interface BenchOptions {
  /** Stand-ins that are not started: targets that are down. */
  down?: boolean;
  extra?: string[];
}

export async function createBenchHospital(
  sync: "always" | "default",
  options: BenchOptions = {},
): Promise<BenchHospital> {
  const dir = await mkdtemp(join(tmpdir(), "fascia-bench-"));
  const ehrPort = await freePort();
  const standIns: NodeProcess[] = [];
  const start = async (kind: string, journal: string): Promise<number> => {
    if (options.down === true) return freePort();
    const process = await spawnNode("hack/demo/standins/main.ts", kind, "--journal", join(dir, journal));
    standIns.push(process);
    return (JSON.parse(process.firstLine) as { port: number }).port;
  };
  const billing = await start("billing", "billing.ndjson");
  const eligibility = await start("idempotent-eligibility", "eligibility.ndjson");
  const app = await start("patient-app", "app.ndjson");
  const places: [string, string][] = [
    ["port: 2575", `port: ${ehrPort}`],
    ["port: 2576", `port: ${billing}\n      connections: 16`],
    ["127.0.0.1:8081", `127.0.0.1:${eligibility}`],
    ["127.0.0.1:8082", `127.0.0.1:${app}`],
    ["path: .fascia/audit.ndjson", `path: ${join(dir, "audit.ndjson")}`],
  ];
  const manifests = join(dir, "manifests");
  await cp("config/samples/hospital", manifests, { recursive: true });
  for (const file of (await readdir(manifests)).filter((name) => name.endsWith(".yaml"))) {
    const path = join(manifests, file);
    const text = await readFile(path, "utf8");
    await writeFile(
      path,
      places.reduce((t, [from, to]) => t.replaceAll(from, to), text),
    );
  }
  const extra = options.extra ?? [];
  const fascia = spawnFascia([
    "run",
    manifests,
    "--data",
    join(dir, "data"),
    "--telemetry",
    "off",
    "--json",
    "--nats-sync",
    sync,
    ...extra,
  ]);
  await fascia.ready;
  return {
    ehrPort,
    journals: dir,
    fascia,
    stop: async () => {
      await fascia.stop();
      await Promise.all(standIns.map((s) => s.stop()));
      await rm(dir, { recursive: true, force: true });
    },
  };
}
