import type { Adapter } from "../api/adapter.ts";
import type { AdapterClass } from "../api/adapterclass.ts";
import type { ContractVersion } from "../api/contractversion.ts";
import type { DataDomain } from "../api/datadomain.ts";
import type { Integration } from "../api/integration.ts";
import { safeReason } from "../base/errors.ts";
import { contentHash } from "../base/hash.ts";
import { remembered } from "../base/remembered.ts";
import { isKnownCharset } from "../formats/hl7v2/charset.ts";
import { Zone } from "../formats/hl7v2/tofhir/datatypes/zone.ts";
import { compileContract } from "../mapping/contract.ts";
import { type Variable, compileExpression } from "../mapping/expression.ts";
import { compileNamePattern } from "../mapping/namepattern.ts";
import { compileTranslation } from "../mapping/translate.ts";
import { faultOfSchedule } from "./changewindows.ts";
import type { Report } from "./lookup.ts";
import type { Resources } from "./resources.ts";
import { isOneMajor } from "./routes.ts";

type Say = (path: string, reason: string) => void;

/**
 * Finds what a schema can't: expressions that do not parse, contract schemas and patches that are none, unusable ranges.
 * A spec that was looked into before is not again: compiling what stands in it is nearly all the work that there is.
 */
export function checkResources(resources: Resources, report: Report): void {
  for (const { metadata, spec } of resources.dataDomains)
    tell(spec, checkDomain, report.of("DataDomain", metadata, true));
  for (const { metadata, spec } of resources.adapterClasses)
    tell(spec, checkClass, report.of("AdapterClass", metadata, true));
  for (const { metadata, spec } of resources.contractVersions)
    tell(spec, checkContract, report.of("ContractVersion", metadata, true));
  for (const { metadata, spec } of resources.adapters) tell(spec, checkAdapter, report.of("Adapter", metadata, true));
  for (const { metadata, spec } of resources.integrations)
    tell(spec, checkIntegration, report.of("Integration", metadata, true));
}

/** By spec, which nobody changes: an edited resource has another one. */
const found = new WeakMap<object, readonly (readonly [path: string, reason: string])[]>();

function tell<S extends object>(spec: S, check: (spec: S, say: Say) => void, say: Say): void {
  const before = found.get(spec);
  const faults = before ?? faultsIn(spec, check);
  if (before === undefined) found.set(spec, faults);
  for (const [path, reason] of faults) say(path, reason);
}

function faultsIn<S>(spec: S, check: (spec: S, say: Say) => void): [path: string, reason: string][] {
  const faults: [path: string, reason: string][] = [];
  check(spec, (path, reason) => void faults.push([path, reason]));
  return faults;
}

function checkDomain({ changeWindows = [] }: DataDomain["spec"], say: Say): void {
  changeWindows.forEach(({ schedule, timeZone }, i) => {
    const fault = faultOfSchedule(schedule);
    if (fault !== undefined) say(`spec.changeWindows[${i}].schedule`, fault);
    attempt(() => Zone.of(timeZone), `spec.changeWindows[${i}].timeZone`, say);
  });
}

function checkClass({ require: { namePattern, labels = [] }, defaults = {} }: AdapterClass["spec"], say: Say): void {
  checkDialect(defaults, "spec.defaults", say);
  if (namePattern !== undefined) attempt(() => compileNamePattern(namePattern), "spec.require.namePattern", say);
  labels.forEach(({ pattern }, i) => {
    if (pattern !== undefined) attempt(() => compileNamePattern(pattern), `spec.require.labels[${i}].pattern`, say);
  });
}

function checkContract(spec: ContractVersion["spec"], say: Say): void {
  attempt(() => compileContract(spec), spec.fhir ? "spec.fhir.schema" : "spec.json.schema", say);
  spec.translations?.forEach((t, i) => {
    attempt(() => compileTranslation(t), `spec.translations[${i}].${t.patch ? "patch" : "jsonata"}`, say);
  });
}

function checkAdapter(spec: Adapter["spec"], say: Say): void {
  checkDialect(spec, "spec", say);
  spec.emits?.forEach((emit, i) => {
    checkExpression(emit.event, `spec.emits[${i}].event`, say, []);
    checkExpression(emit.key, `spec.emits[${i}].key`, say, []);
    checkExpression(emit.mapping?.jsonata, `spec.emits[${i}].mapping.jsonata`, say);
  });
  spec.accepts?.forEach((a, i) => checkExpression(a.mapping?.jsonata, `spec.accepts[${i}].mapping.jsonata`, say));
}

function checkIntegration({ event }: Integration["spec"], say: Say): void {
  if (!event) return;
  const { version } = event.from;
  if (!isOneMajor(version)) {
    say("spec.event.from.version", `"${version}" is no semver range within one major version; write e.g. ^1.0.0`);
  }
  checkExpression(event.filter, "spec.event.filter", say);
  event.to.forEach((to, i) => {
    checkExpression(to.when, `spec.event.to[${i}].when`, say);
    checkExpression(to.map, `spec.event.to[${i}].map`, say);
    checkExpression(to.reply?.map, `spec.event.to[${i}].reply.map`, say);
  });
}

/** Taken as they are, these would put every message into quarantine after its AA. */
function checkDialect({ timeZone, charset }: Partial<Adapter["spec"]>, path: string, say: Say): void {
  if (timeZone !== undefined) attempt(() => Zone.of(timeZone), `${path}.timeZone`, say);
  if (charset !== undefined && !isKnownCharset(charset))
    say(`${path}.charset`, `"${charset}" is no supported character set; write one of HL7 table 0211, e.g. 8859/1`);
}

/** `variables`: what is bound where the expression runs. */
function checkExpression(source: string | undefined, path: string, say: Say, variables?: readonly Variable[]): void {
  const reason = source === undefined ? undefined : faultOf({ source, variables });
  if (reason !== undefined) say(path, reason);
}

/** Why it can't be compiled. The same expressions come again and again: with each edit of what is beside them, with each copy. */
const faultOf = remembered(
  ({ source, variables }: { source: string; variables: readonly Variable[] | undefined }): string | undefined => {
    let fault: string | undefined;
    attempt(
      () => compileExpression(source, undefined, variables),
      "",
      (_path, reason) => (fault = reason),
    );
    return fault;
  },
  contentHash,
);

function attempt(action: () => unknown, path: string, say: Say): void {
  try {
    action();
  } catch (error) {
    say(path, safeReason(error));
  }
}
