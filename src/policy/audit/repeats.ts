import type { AuditRecord } from "../../api/audit.ts";

/** How long a repetition is only counted: a minute at first, and twice as long each time while it goes on. */
const SHORTEST_MS = 60_000;
const LONGEST_MS = 3_600_000;
/** Resources of one user, and of all, that are told apart at a time. */
const MAX_EACH = 100;
const MAX_ALL = 5000;

interface Window {
  /** What was counted since it was opened; undefined: nothing. */
  counted: AuditRecord | undefined;
  user: string;
  ms: number;
}

/**
 * Keeps what happens again and again from filling the audit: the first time is told at once, what is the same (who, what,
 * which rule) within a window then makes one record more, with a count. Whoever tries many names is told of one by one up
 * to a bound, and then together.
 */
export class Repeats {
  readonly #windows = new Map<string, Window>();
  readonly #each = new Map<string, number>();

  /** What is to be written now; `opened`: the window to be closed after so many milliseconds. */
  take(record: AuditRecord): { write?: AuditRecord; opened?: { key: string; ms: number } } {
    const user = record.user?.name ?? "";
    const told = this.#windows.has(keyOf(record)) || this.#hasRoom(user) ? record : together(record);
    const key = keyOf(told);
    const window = this.#windows.get(key);
    if (window) {
      window.counted = window.counted ? counted(window.counted, told) : told;
      return {};
    }
    this.#open(key, user, SHORTEST_MS);
    return { write: told, opened: { key, ms: SHORTEST_MS } };
  }

  /** Ends a window: what it counted, and the next one where it counted anything. */
  close(key: string): { write?: AuditRecord; opened?: { key: string; ms: number } } {
    const window = this.#windows.get(key);
    if (!window) return {};
    this.#windows.delete(key);
    this.#count(window.user, -1);
    if (!window.counted) return {};
    const ms = Math.min(LONGEST_MS, window.ms * 2);
    this.#open(key, window.user, ms);
    return { write: window.counted, opened: { key, ms } };
  }

  /** What was counted and not told yet. */
  rest(): AuditRecord[] {
    const left = [...this.#windows.values()].flatMap((window) => window.counted ?? []);
    this.#windows.clear();
    this.#each.clear();
    return left;
  }

  #hasRoom(user: string): boolean {
    return (this.#each.get(user) ?? 0) < MAX_EACH && this.#windows.size < MAX_ALL;
  }

  #open(key: string, user: string, ms: number): void {
    this.#windows.set(key, { counted: undefined, user, ms });
    this.#count(user, 1);
  }

  #count(user: string, difference: number): void {
    const count = (this.#each.get(user) ?? 0) + difference;
    if (count > 0) this.#each.set(user, count);
    else this.#each.delete(user);
  }
}

function keyOf({ verdict, by, user, operation, resource, rules }: AuditRecord): string {
  const { kind, namespace, name } = resource;
  const told = rules.map(({ rule, exception }) => [rule, exception?.namespace, exception?.name]);
  return JSON.stringify([verdict, by, user?.name, operation, kind, namespace, name, told]);
}

/** Nameless, and by its first rule alone, so that there are few of them. */
function together(record: AuditRecord): AuditRecord {
  const { resource, rules } = record;
  const first = rules.slice(0, 1).map(({ rule }) => ({ rule, path: "" }));
  const { request: _request, ...rest } = record;
  return { ...rest, resource: { kind: resource.kind, name: "" }, rules: first };
}

const counted = (before: AuditRecord, again: AuditRecord): AuditRecord => ({
  ...before,
  until: again.at,
  count: before.count + again.count,
});
