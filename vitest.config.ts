import { configDefaults, defineConfig } from "vitest/config";

/**
 * Projects are run one after another, cheapest first: a broken unit is known before a process is killed for it.
 * Those that start servers or whole processes run their files one at a time: they share two cores and must not
 * disturb each other's timing. A test that belongs to none of them is a unit.
 */
export default defineConfig({
  test: {
    pool: "forks",
    sequence: { shuffle: false },
    allowOnly: !process.env["CI"],
    reporters: ["default"],
    projects: [
      project("unit", 0, "{src,hack,test}/**", 60_000, ["test/{cluster,e2e,chaos,node,machine}/**"]),
      project("cluster", 1, "test/cluster/**", 60_000),
      project("e2e", 2, "test/e2e/**", 240_000),
      project("chaos", 3, "test/chaos/**", 900_000),
      // Need a node, for which they take the whole machine: only where they are asked for by `npm run test:e2e`.
      ...(process.env["FASCIA_TEST_NODE"]
        ? [onNode(project("node", 4, "test/node/**", 180_000)), project("machine", 5, "test/machine/**", 120_000)]
        : []),
    ],
  },
});

function project(name: string, groupOrder: number, folder: string, timeoutMs: number, without: string[] = []) {
  return {
    extends: true as const,
    test: {
      name,
      include: [`${folder}/*.test.ts`],
      exclude: [...configDefaults.exclude, ...without],
      testTimeout: timeoutMs,
      hookTimeout: Math.max(timeoutMs, 30_000),
      sequence: { groupOrder },
      ...(groupOrder > 0 && { fileParallelism: false }),
    },
  };
}

/** With the developer's cluster and its images made before. */
function onNode({ test, ...rest }: ReturnType<typeof project>) {
  return { ...rest, test: { ...test, globalSetup: "test/node/setup.ts", disableConsoleIntercept: true } };
}
