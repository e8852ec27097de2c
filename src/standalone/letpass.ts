import { contentHash } from "../base/hash.ts";
import type { Standing } from "../jetstream/standing.ts";
import type { Resource, Verdict } from "../policy/rule.ts";

/**
 * What exceptions have let take effect, for the next process: resource, rule and field of each. Without it a start could
 * not tell what may go on after the end of its exception from what never was in effect.
 */
export type LetPass = ReadonlySet<string>;

interface Said extends Pick<Verdict, "rule" | "exception"> {
  resource: Resource;
  path: string;
}

export const placeOf = ({ resource: { kind, metadata }, rule, path }: Said): string =>
  JSON.stringify([kind, metadata.namespace, metadata.name, rule, path]);

/** What of a directory that takes effect is to be remembered. */
export function letPassOf({ warnings, lapsed }: Record<"warnings" | "lapsed", readonly Said[]>): Standing {
  const places = [...warnings.filter(({ exception }) => exception), ...lapsed].map(placeOf);
  const text = JSON.stringify([...new Set(places)].toSorted());
  return { id: "let pass", revision: contentHash(text), text: () => text };
}

/**
 * What a process before this one has left as `texts`; undefined where that is nothing or damaged, and what it has let take
 * effect can't be told.
 */
export function readLetPass(texts: readonly string[]): LetPass | undefined {
  const lists = texts.flatMap(listsIn);
  return lists.length === 0 ? undefined : new Set(lists.flat());
}

function listsIn(text: string): string[][] {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? [list.filter((each) => typeof each === "string")] : [];
  } catch {
    return [];
  }
}
