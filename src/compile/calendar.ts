import { namespaceOf } from "../api/objectmeta.ts";
import type { ContractVersion, Lifecycle } from "../api/contractversion.ts";
import { contractVersionName } from "../api/contractversionname.ts";
import type { Adapter } from "../api/adapter.ts";
import type { Integration } from "../api/integration.ts";
import type { Resources } from "./resources.ts";

/** Days that an event may be told late, for instance by who was not there when it came. */
export const LATEST_DAYS = 30;

/** The life of one contract version, and who names it. */
export interface CalendarEntry {
  /** Name of the ContractVersion. */
  name: string;
  /** Its uid; in a directory it has none. */
  uid?: string;
  contract: string;
  version: string;
  domain: string;
  owner: string;
  lifecycle: Lifecycle;
  replacedBy?: string;
  consumers: Consumer[];
}

/** Who uses a version by its very name: whoever takes a range of versions moves on by itself. */
export interface Consumer {
  kind: "Adapter" | "Integration";
  namespace: string;
  name: string;
  owner: string;
}

/** The contract versions whose life has an end, by name. */
export function calendarOf({ contractVersions, adapters, integrations }: Resources): CalendarEntry[] {
  const ending = contractVersions.filter(({ spec }) => isEnding(spec.lifecycle));
  const consumers = consumersOf([...adapters, ...integrations]);
  return ending.map((each) => entryOf(each, consumers.get(each.metadata.name) ?? [])).toSorted(byName);
}

const isEnding = ({ deprecatedOn, sunsetOn, retiredOn }: Lifecycle = {}): boolean =>
  (deprecatedOn ?? sunsetOn ?? retiredOn) !== undefined;

function entryOf({ metadata: { name, uid }, spec }: ContractVersion, consumers: Consumer[]): CalendarEntry {
  const { contract, version, domain, owner, lifecycle = {}, replacedBy } = spec;
  return {
    name,
    ...(typeof uid === "string" && { uid }),
    contract,
    version,
    domain,
    owner,
    lifecycle,
    ...(replacedBy !== undefined && { replacedBy }),
    consumers: consumers.toSorted(byKindAndName),
  };
}

/** By the name of the ContractVersion. */
function consumersOf(users: (Adapter | Integration)[]): Map<string, Consumer[]> {
  const found = new Map<string, Consumer[]>();
  for (const user of users) {
    const { kind, metadata, spec } = user;
    const consumer: Consumer = {
      kind,
      namespace: namespaceOf({ metadata }),
      name: metadata.name,
      owner: spec.owner,
    };
    for (const name of namedBy(user)) found.set(name, [...(found.get(name) ?? []), consumer]);
  }
  return found;
}

/** Names of ContractVersions; that of a range is nobody's. */
function namedBy(user: Adapter | Integration): Set<string> {
  if (user.kind === "Adapter")
    return new Set([...(user.spec.emits ?? []), ...(user.spec.accepts ?? [])].map(contractVersionName));
  const { from, to = [] } = user.spec.event ?? {};
  const delivered = to.flatMap(({ version, reply }) => [
    ...(from && version !== undefined ? [contractVersionName({ contract: from.contract, version })] : []),
    ...(reply ? [contractVersionName(reply)] : []),
  ]);
  return new Set([...(from ? [contractVersionName(from)] : []), ...delivered]);
}

const byName = (a: CalendarEntry, b: CalendarEntry): number => (a.name < b.name ? -1 : 1);

const byKindAndName = (a: Consumer, b: Consumer): number => (keyOf(a) < keyOf(b) ? -1 : 1);
const keyOf = ({ kind, namespace, name }: Consumer): string => `${kind} ${namespace}/${name}`;
