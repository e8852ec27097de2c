import type { ContractVersion } from "../../api/contractversion.ts";
import { versionsOf } from "../../compile/find.ts";
import type { Finding, Rule } from "../rule.ts";
import { type Trial, type TrialFault, faultOf } from "./trial.ts";

/** A translation that one of `versions` declares, with the neighbour that it leads from or to, where that is there. */
interface Declared extends Trial {
  by: ContractVersion;
  index: number;
  neighbour: ContractVersion;
}

export interface TryOptions {
  /** Also the translations that others declare from and to them, which a state tells of the others alone. */
  isChange?: boolean;
  /** Whether a version of `all` is there already, and not part of the change itself. Default: each of them is. */
  isThere?: (version: ContractVersion) => boolean;
}

/**
 * Contract tests, second half: what a translation makes of the examples of one version satisfies the other one. Trying
 * takes time and turns, and rules do neither: this tries what `versions` have to do with, of those of `all`, and gives
 * the rule that knows what came of it.
 */
export async function translationFails(
  versions: readonly ContractVersion[],
  all: readonly ContractVersion[],
  { isChange = false, isThere = () => true }: TryOptions = {},
): Promise<Rule> {
  const found = new Map<object, Finding[]>();
  for (const version of versions) {
    const siblings = versionsOf(version.spec.contract, all);
    const others = siblings.filter(({ metadata }) => metadata.name !== version.metadata.name);
    const declared = declaredBy(version, others);
    const around = isChange ? others.filter(isThere).flatMap((other) => declaredBy(other, [version])) : [];
    const findings = [];
    for (const trial of declared) findings.push(...(await tried(trial, toldOfIts)));
    for (const trial of around) findings.push(...(await tried(trial, toldOfOthers)));
    found.set(version.spec, findings);
  }
  return {
    id: "compatibility/translation-fails",
    judges: "State",
    check: ({ new: resource }) => (resource === undefined ? [] : (found.get(resource.spec) ?? [])),
  };
}

/** Those of `all` that a translation leads to from one of `versions`, or from, whoever of the two declares it. */
export const relatedTo = (versions: readonly ContractVersion[], all: readonly ContractVersion[]): ContractVersion[] =>
  [...new Set(versions.map(({ spec }) => spec.contract))]
    .flatMap((contract) => versionsOf(contract, all))
    .filter((other) => versions.some((version) => areRelated(version, other) || areRelated(other, version)));

const areRelated = (by: ContractVersion, other: ContractVersion): boolean =>
  by.spec.contract === other.spec.contract &&
  (by.spec.translations ?? []).some(({ from, to }) => (from ?? to) === other.spec.version);

function declaredBy(by: ContractVersion, others: readonly ContractVersion[]): Declared[] {
  return (by.spec.translations ?? []).flatMap((translation, index) => {
    const { from, to } = translation;
    const neighbour = others.find(
      ({ spec }) => spec.contract === by.spec.contract && spec.version === (from ?? to) && spec !== by.spec,
    );
    if (neighbour === undefined) return [];
    const [own, other] = [by.spec, neighbour.spec];
    const sides = from === undefined ? { from: own, to: other } : { from: other, to: own };
    return [{ translation, by, index, neighbour, ...sides }];
  });
}

async function tried(trial: Declared, told: (trial: Declared, fault: TrialFault) => Finding): Promise<Finding[]> {
  const fault = await faultOf(trial);
  return fault === undefined ? [] : [told(trial, fault)];
}

function toldOfIts({ by, index, neighbour, to, translation }: Declared, fault: TrialFault): Finding {
  const example = translation.from === undefined ? fault.example : `${fault.example} of ${neighbour.metadata.name}`;
  const into = to === by.spec ? "this version" : neighbour.metadata.name;
  const path = `spec.translations[${index}]`;
  return { severity: "Deny", path, message: `example ${example} does not become ${into}: ${reasonOf(fault)}` };
}

function toldOfOthers({ by, index, from }: Declared, fault: TrialFault): Finding {
  const isOwn = from !== by.spec;
  const example = isOwn ? fault.example : `${fault.example} of ${by.metadata.name}`;
  const way = `spec.translations[${index}] of ${by.metadata.name}`;
  const message = `by ${way}, example ${example} does not become ${isOwn ? by.metadata.name : "this version"}: `;
  return { severity: "Deny", path: isOwn ? "spec.examples" : "spec", message: message + reasonOf(fault) };
}

const reasonOf = ({ reason, others }: TrialFault): string =>
  `${reason}${others === 0 ? "" : `, and ${others} more`}; correct the translation or the example`;
