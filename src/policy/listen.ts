import { namespaceOf } from "../api/objectmeta.ts";
import type { Adapter, AdapterSpec } from "../api/adapter.ts";
import { earliest } from "../compile/order.ts";
import { alone } from "./contention.ts";
import type { Rule, World } from "./rule.ts";

/** A port of an address that others share. */
interface Claim {
  port: number;
  path: string;
  /** What is claimed, for people, and the way out. */
  what: string;
  wayOut: string;
}

/** Of two listeners on one port of one address the second fails, and its system's messages reach nobody. */
export const PORT_TAKEN: Rule = {
  id: "listen/port-taken",
  judges: "State",
  contendsFor(resource, world) {
    const claim = resource.kind === "Adapter" ? claimOf(resource.spec, world) : undefined;
    return claim === undefined ? [] : [alone(String(claim.port))];
  },
  check({ new: resource }, others) {
    if (resource?.kind !== "Adapter") return [];
    const mine = claimOf(resource.spec, others);
    const first = mine && earliest(others.adapters.filter(({ spec }) => claimOf(spec, others)?.port === mine.port));
    if (mine === undefined || first === undefined) return [];
    const message = `${mine.what} ${mine.port} is taken by Adapter ${nameOf(first)}: ${mine.wayOut}`;
    return [{ severity: "Deny", path: mine.path, message }];
  },
};

/** In one process adapters share its address. Pods have addresses of their own, but every node has a node port once. */
function claimOf(spec: AdapterSpec, { sharedAddress }: Pick<World, "sharedAddress">): Claim | undefined {
  const listener = listenerOf(spec);
  if (listener === undefined) return undefined;
  if (sharedAddress)
    // 0 takes any free port and is never in anybody's way.
    return listener.port === 0 ? undefined : { ...listener, what: "port", wayOut: "choose another port" };
  const port = spec.service?.nodePort;
  const wayOut = "choose another one, or leave it out for a free one";
  return port === undefined ? undefined : { port, path: "spec.service.nodePort", what: "node port", wayOut };
}

function listenerOf({ mllp, http }: AdapterSpec): { port: number; path: string } | undefined {
  if (mllp?.source !== undefined) return { port: mllp.source.port, path: "spec.mllp.source.port" };
  return http?.source && { port: http.source.port, path: "spec.http.source.port" };
}

const nameOf = (adapter: Adapter): string => `${namespaceOf(adapter)}/${adapter.metadata.name}`;
