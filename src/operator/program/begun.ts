import type { AuditRecord } from "../../api/audit.ts";
import { contentHash } from "../../base/hash.ts";
import { auditOf } from "../../policy/audit/record.ts";
import type { Judged } from "../../policy/state.ts";
import type { Denial } from "./permit.ts";

/** What is to be recorded, and the token by which it is recorded once by however many operators. */
export interface Begun {
  record: AuditRecord;
  once: string;
}

/**
 * Tells of each denial of what is there, and of each exception that lets something pass, once, when it begins. An operator
 * that starts anew finds the same tokens; what ends and begins again within its own time gets another one.
 */
export class Beginnings {
  #going: ReadonlySet<string> = new Set();
  readonly #ever = new Set<string>();

  /** `now`: milliseconds since the epoch. */
  of({ denials, excepted }: { denials: readonly Denial[]; excepted: readonly Judged[] }, now: number): Begun[] {
    const denied = new Set(denials.map(({ resource }) => resource));
    const used = excepted.filter(({ resource }) => !denied.has(resource));
    const found = [...denials, ...used].flatMap((each): Begun[] => {
      const record = recordOf(each, now);
      return record ? [{ record, once: tokenOf(record) }] : [];
    });
    const begun = found.filter(({ once }) => !this.#going.has(once)).map((each) => this.#named(each, now));
    this.#going = new Set(found.map(({ once }) => once));
    return begun;
  }

  #named({ record, once }: Begun, now: number): Begun {
    const again = this.#ever.has(once);
    this.#ever.add(once);
    return { record, once: again ? `${once}-${now}` : once };
  }
}

function recordOf(found: Judged | Denial, now: number): AuditRecord | undefined {
  const { kind, metadata } = found.resource;
  const { uid, generation, namespace, name } = metadata;
  const resource = {
    kind,
    ...(namespace !== undefined && { namespace }),
    name,
    ...(typeof uid === "string" && { uid }),
    ...(typeof generation === "number" && { generation }),
  };
  const goesOn = "goesOn" in found && found.goesOn ? ({ goesOn: true } as const) : {};
  return auditOf({ by: "Operator", at: now, resource, ...goesOn }, found.verdicts);
}

/** The same of whom it is about, by which rules and exceptions; fields may move. */
const tokenOf = ({ verdict, resource, rules }: AuditRecord): string =>
  contentHash([verdict, resource, [...new Set(rules.map(({ rule, exception }) => JSON.stringify([rule, exception])))]]);
