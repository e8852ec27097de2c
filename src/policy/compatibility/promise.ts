import { listed } from "../../base/listed.ts";
import semver from "semver";
import type { ContractVersion } from "../../api/contractversion.ts";
import { alone } from "../contention.ts";
import type { Finding, Rule } from "../rule.ts";
import { compareContracts } from "./contracts.ts";
import { type Difference, placeOf } from "./difference.ts";
import { closingUp, type Neighbours, neighboursOf } from "./neighbours.ts";

const SHOWN = 4;

/** What a promise compares: whose messages (`writer`) must be taken by whose schema (`reader`). */
type Direction = "Backward" | "Forward";

const DIRECTIONS: Record<NonNullable<ContractVersion["spec"]["compatibility"]>, readonly Direction[]> = {
  Backward: ["Backward"],
  Forward: ["Forward"],
  Full: ["Backward", "Forward"],
  None: [],
};

/**
 * A version keeps the promise that it makes beside the release before it. Between two that do not fit, the later one to
 * come is wrong, whichever of them promised: a version that is relied on can't be put in the wrong by another one that
 * is slipped in before it. What nobody wrote is no promise, and its breach is only warned of.
 */
export const BREAKS_PROMISE: Rule = {
  id: "compatibility/breaks-promise",
  judges: "State",
  contendsFor: (resource) => (resource.kind === "ContractVersion" ? [alone(resource.spec.contract)] : []),
  check({ new: resource, old }, { contractVersions }) {
    if (resource === undefined && old?.kind === "ContractVersion") return onDeletion(old, contractVersions);
    if (resource?.kind !== "ContractVersion") return [];
    return neighboursOf(resource, contractVersions).flatMap((pair) => findingsOn(pair, resource));
  },
};

function findingsOn({ lower, higher }: Neighbours, changed: ContractVersion): Finding[] {
  const { compatibility } = higher.spec;
  const path = changed.spec.fhir ? "spec.fhir" : "spec.json.schema";
  return DIRECTIONS[compatibility ?? "Backward"].flatMap((direction): Finding[] => {
    const differences = differencesOf(direction, { lower, higher });
    const breaks = differences.filter(({ certain }) => certain);
    const promise = changed === higher ? asHigher(direction, lower) : asLower(direction, higher);
    if (breaks.length > 0) {
      const severity = compatibility === undefined ? "Warn" : "Deny";
      return [{ severity, path, message: `${promise}: ${listOf(breaks)}; ${wayOut(changed, higher)}` }];
    }
    const undecided = `whether it is ${direction} compatible, beside ${nameOf(changed === higher ? lower : higher)}, `;
    const message = `${undecided}cannot be told of ${listOf(differences)}; look at these places yourself`;
    return differences.length === 0 ? [] : [{ severity: "Warn", path, message }];
  });
}

const differencesOf = (direction: Direction, { lower, higher }: Neighbours): readonly Difference[] =>
  direction === "Backward" ? compareContracts(lower.spec, higher.spec) : compareContracts(higher.spec, lower.spec);

const asHigher = (direction: Direction, lower: ContractVersion): string =>
  direction === "Backward"
    ? `not Backward compatible with ${nameOf(lower)}, whose messages need not satisfy this`
    : `not Forward compatible with ${nameOf(lower)}, by which messages of this version need not be taken`;

const asLower = (direction: Direction, higher: ContractVersion): string =>
  direction === "Backward"
    ? `${nameOf(higher)} would not be Backward compatible with this version, whose messages need not satisfy it`
    : `${nameOf(higher)} would not be Forward compatible with this version, which need not take its messages`;

function wayOut(changed: ContractVersion, higher: ContractVersion): string {
  const major = `publish it as ${semver.major(changed.spec.version) + 1}.0.0`;
  if (changed !== higher) return `change this, or have ${nameOf(higher)} declare compatibility None`;
  // Also told apart by its words: what was only warned of is no excuse once it is a promise.
  if (higher.spec.compatibility === undefined) return `${major}, or write that its compatibility is None`;
  return `${major}, or declare compatibility None`;
}

const listOf = (differences: readonly Difference[]): string =>
  listed(
    differences.map((difference) => `${placeOf(difference)} ${difference.asks}`),
    SHOWN,
  );

/** Once a version is gone, those around it are compared with one another. */
function onDeletion(gone: ContractVersion, others: readonly ContractVersion[]): Finding[] {
  const pair = closingUp(gone, others);
  const promised = DIRECTIONS[pair?.higher.spec.compatibility ?? "None"];
  const isBroken = (direction: Direction) =>
    pair !== undefined && differencesOf(direction, pair).some(({ certain }) => certain);
  if (pair === undefined || !promised.some(isBroken)) return [];
  const [lower, higher] = [nameOf(pair.lower), nameOf(pair.higher)];
  const message =
    `without it ${higher} is compared with ${lower}, and its promise does not hold beside that one: ` +
    `delete ${lower} first`;
  return [{ severity: "Warn", path: "", message }];
}

const nameOf = ({ metadata }: ContractVersion): string => metadata.name;
