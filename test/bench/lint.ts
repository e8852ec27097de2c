import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnFascia } from "../builders/process.ts";
import { aContractVersion, aSource, aTarget, anIntegration } from "../builders/resources.ts";
import { median } from "./median.ts";
import type { BenchRow } from "./row.ts";

const MANIFESTS = 1000;
const ROUNDS = 5;

/** `fascia lint` as a pull request's check runs it: a process, a thousand files, each with a resource of its own. */
export async function lintBench(): Promise<BenchRow[]> {
  const dir = await mkdtemp(join(tmpdir(), "fascia-bench-lint-"));
  try {
    for (let i = 0; i < MANIFESTS / 4; i++)
      for (const resource of four(i)) {
        const name = `${resource.kind}-${resource.metadata.name}.yaml`;
        await writeFile(join(dir, name), JSON.stringify(resource, undefined, 2));
      }
    const taken: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const began = performance.now();
      const { code, stdout, stderr } = await spawnFascia(["lint", dir]).ended;
      taken.push((performance.now() - began) / 1000);
      if (code !== 0) throw new Error(`fascia lint ended with ${code}: ${stdout}${stderr}`);
    }
    return [{ name: "fascia lint, 1,000 manifests", value: median(taken), unit: "s", note: "goal: under 2" }];
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** A contract with a schema and mappings of its own, who emits it, who accepts it, and the route between. */
function four(i: number) {
  const named = { contract: `c${i}`, version: "1.0.0" };
  const properties = { patient: { type: "string", maxLength: 64 }, value: { type: "number", maximum: i } };
  const mapping = { version: "1.0.0", jsonata: `{ "patient": patient, "result": $string(value), "n": ${i} }` };
  const from = { contract: `c${i}`, version: "^1.0.0" };
  return [
    aContractVersion({ ...named, json: { schema: { type: "object", required: ["patient"], properties } } }),
    aSource(`s${i}`, 2575, { emits: [named] }),
    aTarget(`t${i}`, { accepts: [{ ...named, mapping }] }),
    anIntegration(`i${i}`, { from, filter: `value > ${i}`, to: [{ adapter: `t${i}` }] }),
  ];
}
