import { runBenches } from "../run.ts";

/** `npm run bench:operator [-- --json] [-- --only scale]`: the operator beside a real API server and a real hub. */
await runBenches({
  scale: async () => (await import("./scale.ts")).scaleBench,
});
