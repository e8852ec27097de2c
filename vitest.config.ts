import { defineConfig } from "vitest/config";

/**
 * Four projects, run one after another, cheapest first: a broken unit is known before a process is killed for it.
 * Those that start servers or whole processes run their files one at a time: they share two cores and must not
 * disturb each other's timing.
 */
export default defineConfig({
  test: {
    pool: "forks",
    sequence: { shuffle: false },
    allowOnly: !process.env.CI,
    reporters: ["default"],
    projects: [
      project("unit", 0, ["src/**/*.test.ts", "hack/**/*.test.ts", "test/conformance/**/*.test.ts"], 15_000),
      project("cluster", 1, ["test/cluster/**/*.test.ts"], 60_000),
      project("e2e", 2, ["test/e2e/**/*.test.ts"], 120_000),
      project("chaos", 3, ["test/chaos/**/*.test.ts"], 900_000),
    ],
  },
});

function project(name: string, groupOrder: number, include: string[], timeoutMs: number) {
  return {
    extends: true as const,
    test: {
      name,
      include,
      testTimeout: timeoutMs,
      hookTimeout: Math.max(timeoutMs, 30_000),
      sequence: { groupOrder },
      ...(groupOrder > 0 && { fileParallelism: false }),
    },
  };
}
