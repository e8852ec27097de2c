import type { AdapterSpec } from "../../api/adapter.ts";
import type { Finding, Rule } from "../rule.ts";
import { classOf } from "../../compile/adapterclass.ts";
import { requiredBy } from "./requiredby.ts";

/** A connection beyond the pod network that anybody on its way can read. */
interface Plain {
  path: string;
  what: string;
  wayOut: string;
}

/** What leaves the pod network, or comes into it, can be read on its way, unless it is encrypted. */
export const TLS: Rule = {
  id: "baseline/tls",
  judges: "State",
  check({ new: resource }, { adapterClasses }) {
    if (resource?.kind !== "Adapter") return [];
    const found = classOf(resource, adapterClasses);
    if (!found?.spec.require.tlsOutsidePodNetwork) return [];
    return [...plainTargets(resource.spec), ...plainSources(resource.spec)].map(({ path, what, wayOut }): Finding => ({
      severity: "Deny",
      path,
      message: `${what} without TLS, and ${requiredBy(found)}: ${wayOut}`,
    }));
  },
};

function plainTargets({ mllp, fhir, http }: AdapterSpec): Plain[] {
  const host = mllp?.target?.tls === undefined ? mllp?.target?.host : undefined;
  return [
    ...plainTarget(host, "spec.mllp.target", "add spec.mllp.target.tls"),
    ...plainTarget(plainHost(fhir?.target?.url), "spec.fhir.target.url", "write an https address"),
    ...plainTarget(plainHost(http?.target?.url), "spec.http.target.url", "write an https address"),
  ];
}

function plainTarget(host: string | undefined, path: string, wayOut: string): Plain[] {
  if (host === undefined || isInside(host)) return [];
  const what = `${host} is reached outside the pod network`;
  return [{ path, what, wayOut: `${wayOut}, or name a Service as <name>.<namespace>.svc` }];
}

/** Of an address that is not encrypted. */
function plainHost(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  const { protocol, hostname } = new URL(address);
  return protocol === "https:" ? undefined : hostname;
}

function plainSources({ mllp, http, service }: AdapterSpec): Plain[] {
  if (service === undefined || service.type === "ClusterIP") return [];
  const what = `a Service of type ${service.type} takes messages from outside the pod network`;
  const wayOut = "or leave spec.service.type out";
  return [
    ...(mllp?.source && !mllp.source.tls
      ? [{ path: "spec.mllp.source", what, wayOut: `add spec.mllp.source.tls, ${wayOut}` }]
      : []),
    ...(http?.source && !http.source.tls
      ? [{ path: "spec.http.source", what, wayOut: `add spec.http.source.tls, ${wayOut}` }]
      : []),
  ];
}

/** A shorter name may be answered by a search domain of the node, and an address tells nothing of where it is. */
const SERVICE = /^([a-z0-9-]+\.){2,3}svc(\.cluster\.local\.?)?$/;
const LOOPBACK = /^(localhost|127(\.[0-9]{1,3}){3}|\[?::1\]?)$/;

const isInside = (host: string): boolean => SERVICE.test(host.toLowerCase()) || LOOPBACK.test(host.toLowerCase());
