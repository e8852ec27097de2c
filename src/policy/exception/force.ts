import { namespaceOf } from "../../api/objectmeta.ts";
import type { PolicyException } from "../../api/policyexception.ts";
import { daysText, daysUntil } from "../../base/days.ts";
import { endOf, isApproved } from "../../compile/exceptionend.ts";
import type { Resource, Verdict } from "../rule.ts";

/** Of these an exception covers those of its own namespace. */
export const NAMESPACED: ReadonlySet<string> = new Set<Resource["kind"]>(["Adapter", "Integration"]);

/**
 * Whether it counts: approved by somebody else than who asked, and not over. The one function that says so, for
 * admission, the operator, `fascia run` and `fascia lint`.
 */
export const isInForce = (exception: PolicyException, now: number): boolean =>
  isApproved(exception) && now < endOf(exception, now);

/** When the next of those that count ends, milliseconds since the epoch. */
export function nextEndOf(exceptions: readonly PolicyException[], now: number): number | undefined {
  const ends = exceptions.filter((each) => isInForce(each, now)).map((each) => endOf(each, now));
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/** Whole days until it ends, rounded up. */
export const daysLeft = (exception: PolicyException, now: number): number => daysUntil(endOf(exception, now), now);

/** e.g. `12 days left`. */
export const leftText = (exception: PolicyException, now: number): string =>
  `${daysText(daysLeft(exception, now))} left`;

/** Its end as it counts, RFC 3339. */
export const endText = (exception: PolicyException, now: number): string =>
  new Date(endOf(exception, now)).toISOString().replace(/\.\d+/, "");

/** Whether it is about `rule` and `resource`. */
export function covers({ metadata, spec }: PolicyException, rule: string, resource: Resource): boolean {
  if (!spec.rules.includes(rule)) return false;
  if (!spec.resources.some(({ kind, name }) => kind === resource.kind && name === resource.metadata.name)) return false;
  return !NAMESPACED.has(resource.kind) || namespaceOf({ metadata }) === namespaceOf(resource);
}

/** `verdict`, or where an exception in force covers it, a warning that names the exception. */
export function unlessExcepted(
  verdict: Verdict,
  resource: Resource | undefined,
  exceptions: readonly PolicyException[],
  now: number,
): Verdict {
  if (verdict.severity !== "Deny" || resource === undefined || !isExceptable(verdict.rule)) return verdict;
  const covering = exceptions.filter((each) => covers(each, verdict.rule, resource) && isApproved(each));
  const found = covering.find((each) => isInForce(each, now));
  if (found === undefined) return afterAll(verdict, covering, now);
  const until = endText(found, now);
  const exception = { ...nameOf(found), until };
  const message =
    `let pass by PolicyException ${exception.namespace}/${exception.name} until ${until} ` +
    `(${leftText(found, now)}): ${verdict.message}`;
  return { ...verdict, severity: "Warn", message, exception };
}

/** Where something is refused by the end of an exception alone, people have to be told that it was one. */
function afterAll(verdict: Verdict, over: readonly PolicyException[], now: number): Verdict {
  const latest = over.toSorted((a, b) => endOf(b, now) - endOf(a, now))[0];
  if (latest === undefined) return verdict;
  const lapsed = nameOf(latest);
  const message = `${verdict.message}. PolicyException ${lapsed.namespace}/${lapsed.name}, which let this pass, ended on ${endText(latest, now)}`;
  return { ...verdict, message, lapsed };
}

const nameOf = ({ metadata }: PolicyException) => ({ namespace: namespaceOf({ metadata }), name: metadata.name });

const EXCEPTABLE: ReadonlySet<string> = new Set([
  "ownership",
  "lifecycle",
  "compatibility",
  "change-window",
  "baseline",
]);

/** Whether there can be an exception from a rule: not from those that keep the machinery and its guards whole. */
export const isExceptable = (rule: string): boolean => EXCEPTABLE.has(rule.split("/")[0] ?? "");
