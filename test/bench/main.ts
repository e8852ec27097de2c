import { runBenches } from "./run.ts";

/** `npm run bench [-- --json] [-- --only ingest,parse]`: every figure beside a baseline of the same run. */
await runBenches({
  parse: async () => (await import("./parse.ts")).parseBench,
  convert: async () => (await import("./convert.ts")).convertBench,
  start: async () => (await import("./start.ts")).startBench,
  lint: async () => (await import("./lint.ts")).lintBench,
  judge: async () => (await import("./judge.ts")).judgeBench,
  ingest: async () => (await import("./ingest.ts")).ingestBench,
  whole: async () => (await import("./whole.ts")).wholeBench,
  memory: async () => (await import("./memory.ts")).memoryBench,
});
