import { canonicalJson } from "../../base/hash.ts";
import { elementNamed } from "../../formats/fhir/elementname.ts";
import { isMembers, type Members } from "../minimise/members.ts";
import type { Territory } from "./plan.ts";

/**
 * `existing` with what is owned as `incoming` has it: what that lacks is removed, what others own stays. Parts are shared with
 * both. `existing` undefined: none is there yet. A text says which list keeps it from being told; it names no content.
 */
export function mergeOwned(existing: Members | undefined, incoming: Members, owned: Territory): Members | string {
  const { resourceType, id } = incoming;
  try {
    const made = merge(existing, incoming, owned, String(resourceType));
    const members = isMembers(made) ? identified(made, existing, incoming) : {};
    const meta = metaOf(existing?.["meta"], members["meta"]);
    const whole = { ...members, ...(meta !== undefined && { meta }), resourceType, id };
    return tellsOfOthers(incoming, owned) ? withoutNarrative(whole) : whole;
  } catch (error) {
    if (error instanceof Unpaired) return error.message;
    throw error;
  }
}

/** What is made anew says which one it is, whoever says so: otherwise nobody would find it. */
function identified(made: Members, existing: Members | undefined, { identifier }: Members): Members {
  const isUnknown = existing === undefined && identifier !== undefined && Object.keys(made).some(isContent);
  return isUnknown ? { identifier, ...made } : made;
}

const isContent = (key: string): boolean => key !== "resourceType" && key !== "id" && key !== "meta";

/** Whether its narrative may tell what is not written. */
const tellsOfOthers = (incoming: Members, owned: Territory): boolean =>
  owned.isOwn && partOf(incoming, owned, false) !== undefined;

function withoutNarrative({ text: _text, ...rest }: Members): Members {
  return rest;
}

/** The server's own: no update takes away profiles, tags and security labels, nor says which version it is. */
function metaOf(existing: unknown, made: unknown): unknown {
  if (!isMembers(existing)) return made;
  const { versionId, lastUpdated } = existing;
  const ofServer = { ...(versionId !== undefined && { versionId }), ...(lastUpdated !== undefined && { lastUpdated }) };
  return { ...existing, ...(isMembers(made) && made), ...ofServer };
}

/** Entries of a list that two systems share, and nothing tells which is which. */
class Unpaired extends Error {}

function merge(existing: unknown, incoming: unknown, owned: Territory, path: string): unknown {
  if (owned.within.size === 0) return owned.isOwn ? incoming : existing;
  if (Array.isArray(existing) || Array.isArray(incoming))
    return mergeLists(itemsOf(existing), itemsOf(incoming), owned, path);
  if (!isMembers(existing ?? {}) || !isMembers(incoming ?? {})) return owned.isOwn ? incoming : existing;
  const [before, after] = [(existing ?? {}) as Members, (incoming ?? {}) as Members];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  const made = [...keys].flatMap((key): [string, unknown][] => {
    const value = merge(memberOf(before, key), memberOf(after, key), below(owned, key), `${path}.${key}`);
    return value === undefined ? [] : [[key, value]];
  });
  return made.length === 0 ? undefined : Object.fromEntries(made);
}

/**
 * Whoever owns the list says which entries there are. An entry is known again by its `id` (Element.id), or where it has none by
 * all that the list's owner says of it. Rather than give a value to the wrong entry nothing is merged.
 */
function mergeLists(existing: unknown[], incoming: unknown[], owned: Territory, path: string): unknown {
  const made = owned.isOwn ? lead(existing, incoming, owned, path) : follow(existing, incoming, owned, path);
  return made.length === 0 ? undefined : made;
}

/** What the list's owner takes away of an entry goes, what others own in it stays. */
function lead(existing: unknown[], incoming: unknown[], owned: Territory, path: string): unknown[] {
  const ofOthers = existing.filter((item) => partOf(item, owned, false) !== undefined);
  const pairs = pairsOf(incoming, ofOthers, owned, path);
  const paired = new Set(pairs.values());
  const lost = ofOthers.filter((item) => !paired.has(item));
  const isChangedOrGone = lost.some((item) => partOf(withoutId(item), owned, true) !== undefined);
  if (isChangedOrGone && pairs.size < incoming.length) throw new Unpaired(unclear(path));
  const kept = lost.map((item) => ({ ...idOf(item), ...(partOf(item, owned, false) as Members) }));
  return [...incoming.flatMap((item) => merge(pairs.get(item), item, owned, path) ?? []), ...kept];
}

/** Entries of which nothing is said stay as they are; there are no more than the list's owner says. */
function follow(existing: unknown[], incoming: unknown[], owned: Territory, path: string): unknown[] {
  const pairs = pairsOf(existing, incoming, owned, path);
  const paired = new Set(pairs.values());
  if (incoming.some((item) => !paired.has(item) && partOf(item, owned, true) !== undefined))
    throw new Unpaired(unclear(path));
  return existing.flatMap((item) => (pairs.has(item) ? (merge(item, pairs.get(item), owned, path) ?? []) : [item]));
}

const unclear = (path: string): string =>
  `nothing tells which entries of ${path} are which, and several systems own parts of them: give them ids (Element.id), or let one system own ${path}`;

/** For entries of `leading`, which the list's owner says, those of `others` that are the same. */
function pairsOf(leading: unknown[], others: unknown[], owned: Territory, path: string): Map<unknown, unknown> {
  const alike = Map.groupBy(others.filter(isMembers), (item) => keyOf(item, owned));
  const pairs = new Map<unknown, unknown>();
  for (const item of leading.filter(isMembers)) {
    const candidates = alike.get(keyOf(item, owned));
    const partner = candidates?.shift();
    if (candidates === undefined) continue;
    if (partner === undefined || candidates.some((each) => !isSame(each, partner))) throw new Unpaired(unclear(path));
    pairs.set(item, partner);
  }
  const isLeftOver = (item: unknown) => alike.get(keyOf(item as Members, owned))?.length !== 0;
  if (owned.isOwn && [...pairs.keys()].some(isLeftOver)) throw new Unpaired(unclear(path));
  return pairs;
}

/** Which of them is which makes no difference. Of two with one id it does: FHIR knows no such thing. */
const isSame = (a: Members, b: Members): boolean => a["id"] === undefined && canonicalJson(a) === canonicalJson(b);

function keyOf(item: Members, owned: Territory): string {
  const id = item["id"];
  return typeof id === "string" ? `#${id}` : canonicalJson(partOf(item, owned, owned.isOwn) ?? {});
}

const idOf = (item: unknown): Members => (isMembers(item) && item["id"] !== undefined ? { id: item["id"] } : {});
const withoutId = (item: unknown): unknown => (isMembers(item) ? { ...item, id: undefined } : item);

/** What of `value` belongs to the one (`mine`) or to the others. */
const partOf = (value: unknown, owned: Territory, mine: boolean): unknown =>
  isMembers(value) ? part(value, owned, mine) : owned.isOwn === mine ? value : undefined;

function part(value: Members, owned: Territory, mine: boolean): Members | undefined {
  const made = Object.entries(value).flatMap(([key, member]): [string, unknown][] => {
    const rule = below(owned, key);
    const kept = rule.within.size === 0 ? (rule.isOwn === mine ? member : undefined) : anyPart(member, rule, mine);
    return kept === undefined ? [] : [[key, kept]];
  });
  return made.length === 0 ? undefined : Object.fromEntries(made);
}

function anyPart(member: unknown, rule: Territory, mine: boolean): unknown {
  if (!Array.isArray(member)) return partOf(member, rule, mine);
  const kept = member.flatMap((item) => partOf(item, rule, mine) ?? []);
  return kept.length === 0 ? undefined : kept;
}

const below = (owned: Territory, key: string): Territory =>
  elementNamed(owned.within, key) ?? { isOwn: owned.isOwn, isMixed: false, path: owned.path, within: new Map() };
const itemsOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);
const memberOf = (value: Members, key: string): unknown => (Object.hasOwn(value, key) ? value[key] : undefined);
