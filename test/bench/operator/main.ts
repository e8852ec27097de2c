import { runBenches } from "../run.ts";

/** `npm run bench:operator [-- --json] [-- --only scale]`: the operator beside a real API server and a real hub. */
await runBenches({
  admission: async () => (await import("./admission.ts")).admissionBench,
  scale: async () => (await import("./scale.ts")).scaleBench,
});
