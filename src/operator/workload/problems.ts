import type { AdapterSpec } from "../../api/adapter.ts";
import { TELEMETRY_PORT } from "./pod.ts";
import { directoriesOf, listening } from "./spec.ts";

/** Directories of the image and the node's own: what is mounted over them keeps the pod from starting. */
const TAKEN = /^\/($|(bin|boot|dev|etc|lib|lib64|nodejs|opt\/fascia|proc|run|sbin|sys|usr)($|\/))/;

/** What an Adapter may say for `fascia run`, and a pod can't do; each with the field and the way out. */
export function workloadProblems(spec: AdapterSpec): string[] {
  const port = listening(spec)?.port;
  const { source, target } = spec.file ?? {};
  const shared = directoriesOf(spec).length === 1 && source !== undefined && target !== undefined;
  return [
    ...(port === 0 ? ["source.port 0 takes any free port, which no Service leads to: name one"] : []),
    ...(port === TELEMETRY_PORT
      ? [`source.port ${port} is that of metrics and health in every pod: name another`]
      : []),
    ...directoriesOf(spec)
      .filter(({ path }) => TAKEN.test(path))
      .map(({ path }) => `spec.file: ${path} belongs to the image: use a directory such as /data or a relative path`),
    ...(shared && source.claimName !== target.claimName
      ? ["spec.file: source and target share a directory, but not the claimName"]
      : []),
  ];
}
