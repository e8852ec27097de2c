import type { ContractUse } from "../api/contractversion-status.ts";
import type { DataDomain } from "../api/datadomain.ts";
import type { Contention } from "./contention.ts";
import type { Resource, Resources } from "../compile/resources.ts";

export type { Resource } from "../compile/resources.ts";

/** Somebody wants to create, update or delete one resource. */
export interface Change {
  operation: "CREATE" | "UPDATE" | "DELETE";
  /** What is there now; undefined for CREATE, and where it is no longer valid by today's schema. */
  old?: Resource | undefined;
  /** What shall be there; undefined for DELETE. */
  new?: Resource | undefined;
  /** Who asks; of a manifest in a directory nobody knows. */
  user?:
    | {
        name: string;
        groups: readonly string[];
        /** Beside name and groups what the cluster's authorizers may go by, as its authenticators said it. */
        uid?: string;
        extra?: Readonly<Record<string, readonly string[]>>;
        /** Which of the rights that were asked about they have (`rightId`). */
        rights?: ReadonlySet<string>;
      }
    | undefined;
  /** Nothing will be stored. Verdicts are the same. */
  dryRun: boolean;
  /** Milliseconds since the epoch. */
  now: number;
}

/**
 * All that a rule may look at beside the change: the resources as far as they are known. Nobody changes these lists in
 * place: what was found in one is found again.
 */
export interface World extends Resources {
  /**
   * Whether the adapters listen at one address, as those of one process do. In pods each has an address of its own, and
   * they share those of the nodes.
   */
  sharedAddress: boolean;
  /**
   * Who is known to use each ContractVersion, by its name; one that nobody has looked at yet has no entry. Undefined where
   * nobody keeps account of it: outside a cluster.
   */
  uses?: ReadonlyMap<string, readonly ContractUse[]>;
  /**
   * Names of the domains that the operator has said a rule denies, as they stand: it knows what was in effect first, which
   * nobody else can tell of two that were made within one second. Undefined outside a cluster.
   */
  denied?: ReadonlySet<string>;
  /** The domains whose word counts for others, where that was found out already (`believedIn`). */
  believed?: readonly DataDomain[];
}

/** What a rule has to say about a change, and of which field. */
export interface Finding {
  /** `Deny` refuses; `Warn` lets pass and tells. */
  severity: "Deny" | "Warn";
  /** Field path, e.g. `spec.emits[0].version`; empty where it is the resource as a whole. */
  path: string;
  /** What is wrong and what is the way out, in one sentence or two, in words of the resources. */
  message: string;
}

export interface Verdict extends Finding {
  rule: RuleId;
  /** The PolicyException by which what would be refused is let pass, and its end, RFC 3339. */
  exception?: { namespace: string; name: string; until: string };
  /** The PolicyException by which it was let pass until that ended. */
  lapsed?: { namespace: string; name: string };
}

/** Ids are API: they stand in messages, in metrics and in docs/policies.md. They are never given to another rule. */
export const RULE_IDS = [
  "resource/invalid",
  "spec/unusable",
  "references/never-resolves",
  "references/unresolved",
  "compatibility/breaks-promise",
  "compatibility/example-fails",
  "compatibility/translation-fails",
  "contracts/domain-differs",
  "contracts/in-use",
  "lifecycle/instant-moved",
  "lifecycle/published-changed",
  "lifecycle/window-too-short",
  "lifecycle/new-use",
  "lifecycle/existing-use",
  "lifecycle/retired-in-use",
  "ownership/system-claim",
  "ownership/domains-overlap",
  "ownership/domain-in-use",
  "ownership/foreign-field",
  "ownership/no-consumer",
  "ownership/write-path",
  "authority/not-steward",
  "authority/class-use",
  "change-window/closed",
  "exception/too-long",
  "exception/unknown-rule",
  "exception/changed",
  "exception/requested-by",
  "exception/approval",
  "listen/port-taken",
  "sensitivity/not-minimised",
  "baseline/tls",
  "baseline/owner",
  "baseline/naming",
  "baseline/service-level",
  "baseline/falls-outside",
] as const;
export type RuleId = (typeof RULE_IDS)[number];

/**
 * A pure function of a change and everything else. `others` never has the changed resource itself. It is called for
 * every change of every kind and answers with nothing where it has nothing to say.
 */
export interface Rule {
  id: RuleId;
  /**
   * `State`: looks at what shall be there, the others and the instant alone, so that it can be asked at any time of any
   * resource, also without a cluster. `Transition`: compares before and after, or asks who it is, and is asked only where
   * somebody makes a change: at admission, by `fascia run` of an edit, and by `fascia lint --against`.
   */
  judges: "State" | "Transition";
  /**
   * What `resource` contends for with others, e.g. a port: two that do may forbid each other, and of a state only the later
   * one is denied. Of the kinds that contend, others are nothing to the rule.
   */
  contendsFor?(resource: Resource, world: Pick<World, "sharedAddress">): readonly Contention[];
  check(change: Change, others: World): Finding[];
}
