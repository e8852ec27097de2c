import { judgeState } from "../../src/policy/state.ts";
import { RULES_AMONG } from "../../src/policy/rules.ts";
import { aContractVersion, aSource, aTarget, aWorld } from "../builders/resources.ts";
import { median } from "./median.ts";
import type { BenchRow } from "./row.ts";

const NOW = Date.parse("2027-01-01T00:00:00Z");
const ROUNDS = 5;

/** What judging costs for each resource of a large state, beside one of a small: both contend for ports and refer. */
export function judgeBench(): Promise<BenchRow[]> {
  const [small, large] = [microsEach(1000), microsEach(8000)] as const;
  const baseline = { name: "of 1,000", value: small };
  return Promise.resolve([{ name: "judge a state of 8,000, each resource", value: large, unit: "µs", baseline }]);
}

function microsEach(count: number): number {
  const versions = Array.from({ length: count / 10 }, (_, i) => aContractVersion({ contract: `c${i}` }));
  const named = (i: number) => ({ contract: `c${i % versions.length}`, version: "1.0.0" });
  const adapters = Array.from({ length: count * 0.45 }, (_, i) => [
    aSource(`source-${i}`, 1000 + (i % 1000), { emits: [named(i)] }),
    aTarget(`target-${i}`, { accepts: [named(i)] }),
  ]);
  const world = aWorld(...versions, ...adapters.flat());
  const taken = Array.from({ length: ROUNDS }, () => {
    const began = performance.now();
    judgeState(world, NOW, { rules: RULES_AMONG });
    return (performance.now() - began) * 1000;
  });
  return median(taken) / count;
}
