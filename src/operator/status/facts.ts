import type { Reason } from "./reasons.ts";
import { type Verdict, inOneLine, no, unknown, yes } from "./conditions.ts";

/** What was found out about a resource, before anything is made of it. */

/** Something that is referred to and not there. */
export interface Missing {
  kind: "Secret" | "Adapter" | "ContractVersion";
  /** What is not there, and what there is instead, e.g. `Secret lab-tls is not there`. */
  text: string;
  /** Field that refers to it, e.g. `spec.http.target.tls.secretName`. */
  path: string;
}

/** What came of bringing the hub up to date. Reasons are our own words. */
export type HubState =
  | { state: "Programmed" | "Pending" }
  | { state: "Unavailable" | "Full"; reason: string }
  | { state: "Conflict"; reasons: string[] };

/** What is wrong, or undefined. */
export type Finding = Verdict | undefined;

const MISSING: Record<Missing["kind"], Reason> = {
  Secret: "SecretMissing",
  Adapter: "AdapterMissing",
  ContractVersion: "ContractVersionMissing",
};

export function resolvedRefs(missing: readonly Missing[]): Verdict {
  const [first] = missing;
  if (first === undefined) return yes("Resolved", "every reference leads to something");
  const lines = missing.map(({ text, path }) => `${text} (${path})`);
  return no(MISSING[first.kind], inOneLine(lines));
}

export function programmed(hub: HubState): Verdict {
  switch (hub.state) {
    case "Programmed":
      return yes("Programmed", "the hub and the cluster are as the spec says");
    case "Pending":
      return unknown("Pending", "the hub is not programmed yet");
    case "Unavailable":
      return unknown("HubUnavailable", `NATS does not answer: ${hub.reason}`);
    case "Full":
      return no("StoreFull", hub.reason);
    default:
      return no("TopologyConflict", inOneLine(hub.reasons));
  }
}

/** It is being deleted, and kept for those that use it. */
export const inUse = (users: readonly string[]): Finding =>
  users.length === 0 ? undefined : no("InUse", `deleted once nothing uses it: ${inOneLine(users)}`);

/** The spec can't work as it stands. */
export const invalidSpec = (problems: readonly string[]): Finding =>
  problems.length === 0 ? undefined : no("Invalid", inOneLine(problems));

/** What rules of docs/policies.md say against it. */
export interface PolicyFacts {
  /** With field and rule each; none: nothing. */
  reasons: readonly string[];
  /** Its spec was in effect before, and goes on. */
  goesOn: boolean;
}

/** A rule denies it. */
export const policyDenied = (denied: PolicyFacts | undefined): Finding =>
  denied === undefined ? undefined : no("PolicyDenied", inOneLine(denied.reasons));

/** A rule denies it, and it is not in effect. */
export const withheld = (denied: PolicyFacts | undefined): Finding =>
  denied?.goesOn === true ? undefined : policyDenied(denied);

/** A condition of its own as the reason why a resource is not ready. */
export const unlessTrue = (verdict: Verdict): Finding =>
  verdict.status === "True" ? undefined : { ...verdict, status: verdict.reason === "Pending" ? "Unknown" : "False" };

/** The first finding decides: what stands in front explains what stands behind. */
export const firstOf = (...findings: Finding[]): Finding => findings.find((finding) => finding !== undefined);

const MAX_CHARS = 160;

/** Of what others say the first line, not longer than a person reads. */
export function firstLine(text = ""): string {
  const [line = ""] = text.split("\n");
  return line.length <= MAX_CHARS ? line : `${line.slice(0, MAX_CHARS - 1)}…`;
}
