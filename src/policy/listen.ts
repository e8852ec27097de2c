import type { Adapter, AdapterSpec } from "../api/adapter.ts";
import type { Rule } from "./rule.ts";

/** Of two listeners on one port of one address the second fails, and its system's messages reach nobody. */
export const PORT_TAKEN: Rule = {
  id: "listen/port-taken",
  check({ new: resource }, others) {
    if (resource?.kind !== "Adapter" || !others.sharedAddress) return [];
    const mine = listenerOf(resource.spec);
    const first = mine && others.adapters.find(({ spec }) => listenerOf(spec)?.port === mine.port);
    if (mine === undefined || first === undefined) return [];
    const message = `port ${mine.port} is taken by Adapter ${nameOf(first)}, which listens at the same address: choose another port`;
    return [{ severity: "Deny", path: mine.path, message }];
  },
};

/** The port that the source listens on; 0 takes any free one and is never in anybody's way. */
function listenerOf({ mllp, http }: AdapterSpec): { port: number; path: string } | undefined {
  const listeners = [
    { port: mllp?.source?.port ?? 0, path: "spec.mllp.source.port" },
    { port: http?.source?.port ?? 0, path: "spec.http.source.port" },
  ];
  return listeners.find(({ port }) => port !== 0);
}

const nameOf = ({ metadata }: Adapter): string => `${metadata.namespace ?? "default"}/${metadata.name}`;
