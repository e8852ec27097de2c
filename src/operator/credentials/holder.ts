import type { ObjectName } from "../kube/resource.ts";
import { type Holder, RENEW_ANNOTATION } from "./issue.ts";

interface Named extends ObjectName {
  annotations?: Record<string, string> | undefined;
}

/** An Adapter as somebody who holds credentials. `domains`: of the hub. */
export function holderOf({ name, namespace = "default", annotations = {} }: Named, domains: readonly string[]): Holder {
  return { namespace, name, workers: 1, domains: [...domains], series: annotations[RENEW_ANNOTATION] ?? "" };
}
