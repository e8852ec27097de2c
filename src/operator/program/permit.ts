import { type Resource, type Resources, byKind, everyOne } from "../../compile/resources.ts";
import { precedes } from "../../compile/order.ts";
import type { Rule, Verdict, World } from "../../policy/rule.ts";
import { RULES_AMONG } from "../../policy/rules.ts";
import { type Judged, judgeState } from "../../policy/state.ts";

/** What is in effect already, by the process's own memory or by what status says. */
export interface InEffect {
  /** Whether this very spec is. */
  isStanding(resource: Resource): boolean;
  /** What was in effect under the name, where that is known. */
  before(resource: Resource): Resource | undefined;
}

/** A resource that a rule denies. */
export interface Denial {
  resource: Resource;
  /** Denials only. */
  verdicts: Verdict[];
  /** Its spec was in effect before it was denied, and goes on. */
  goesOn: boolean;
  /** What was in effect under its name, and goes on in its place. */
  instead?: Resource;
}

export interface Permit {
  /** What may be programmed. */
  resources: Resources;
  denials: Denial[];
  /** What an exception in force lets pass. */
  excepted: Judged[];
}

/** What was in effect before may forbid something in turn; whoever makes a long chain of that gets less and no more. */
const MAX_ROUNDS = 4;

/**
 * What of `world` may take effect at `now` (milliseconds since the epoch). Nothing new does that a state rule denies: in
 * its place what was in effect under its name goes on, or nothing. What is in effect as it stands goes on although it is
 * denied by now, for no change of one resource may end others, and so does an edit of it that adds nothing to that; and where two forbid one another it stands first. `tried`:
 * rules that know what came of trying.
 */
export function permitted(world: World, now: number, inEffect: InEffect, tried: readonly Rule[] = []): Permit {
  const permission = new Permission(world, now, inEffect, tried);
  // What a domain says counts for others once it is known what of it takes effect; nothing that others say counts for it.
  for (const kind of ["DataDomain", undefined] as const)
    for (let round = 1; round <= MAX_ROUNDS; round++) if (!permission.judge(round < MAX_ROUNDS, kind)) break;
  return permission.permit();
}

class Permission {
  readonly #world: World;
  readonly #now: number;
  readonly #inEffect: InEffect;
  readonly #rules: readonly Rule[];
  readonly #denials = new Map<Resource, Denial>();
  /** What goes on, by what it goes on instead of. */
  readonly #instead = new Map<Resource, Resource>();
  readonly #standing: Set<Resource>;
  #excepted: Judged[] = [];

  constructor(world: World, now: number, inEffect: InEffect, tried: readonly Rule[]) {
    this.#rules = [...RULES_AMONG, ...tried];
    this.#world = world;
    this.#now = now;
    this.#inEffect = inEffect;
    this.#standing = new Set(everyOne(world).filter((resource) => inEffect.isStanding(resource)));
  }

  /** Whether something goes on that was not there to be judged by: it may forbid something in turn. */
  judge(mayGoOn: boolean, kind: Resource["kind"] | undefined): boolean {
    const own = new Set(this.#instead.values());
    const all = everyOne(this.#world).map((resource) => this.#instead.get(resource) ?? resource);
    const options = {
      rules: this.#rules,
      isBefore: (a: Resource, b: Resource) => this.#isBefore(a, b),
      goesOn: (resource: Resource) => this.#standing.has(resource),
      ...(kind && { kind }),
    };
    const judged = judgeState({ ...this.#world, ...byKind(all) }, this.#now, options);
    const denied = judged.flatMap(denialOf);
    this.#excepted = judged.filter(({ verdicts }) => verdicts.some(({ exception }) => exception !== undefined));
    const fresh = denied.filter(({ resource }) => !this.#denials.has(resource) && !own.has(resource));
    const tolerated = mayGoOn && this.#tolerate(new Map(denied.map(({ resource, verdicts }) => [resource, verdicts])));
    return fresh.map((denial) => this.#deny(denial, mayGoOn)).some((goesOn) => goesOn) || tolerated;
  }

  permit(): Permit {
    const resources = everyOne(this.#world).flatMap((resource) =>
      this.#denials.get(resource)?.goesOn === false ? (this.#instead.get(resource) ?? []) : resource,
    );
    const denials = [...this.#denials.values()].map((denial): Denial => {
      const instead = denial.goesOn ? undefined : this.#instead.get(denial.resource);
      return instead === undefined ? denial : { ...denial, instead };
    });
    return { resources: byKind(resources), denials, excepted: this.#excepted };
  }

  /**
   * As at admission, what was wrong before an edit that leaves it alone is nothing new: such an edit takes effect. Without
   * this nobody could scale what somebody else's change denies. Whether there is one.
   */
  #tolerate(found: ReadonlyMap<Resource, Verdict[]>): boolean {
    const edits = [...this.#instead].filter(([resource, before]) => {
      const denial = this.#denials.get(resource);
      return denial !== undefined && isPartOf(denial.verdicts.map(idOf), (found.get(before) ?? []).map(idOf));
    });
    for (const [resource] of edits) {
      const denial = this.#denials.get(resource);
      if (denial !== undefined) this.#denials.set(resource, { ...denial, goesOn: true });
      this.#instead.delete(resource);
      this.#standing.add(resource);
    }
    return edits.length > 0;
  }

  /** Whether something else goes on in its place. */
  #deny({ resource, verdicts }: Omit<Denial, "goesOn">, mayGoOn: boolean): boolean {
    const goesOn = this.#standing.has(resource);
    this.#denials.set(resource, { resource, verdicts, goesOn });
    const before = goesOn || !mayGoOn ? undefined : this.#inEffect.before(resource);
    if (before === undefined) return false;
    const instead = { ...before, metadata: resource.metadata } as Resource;
    this.#instead.set(resource, instead);
    this.#standing.add(instead);
    return true;
  }

  #isBefore(a: Resource, b: Resource): boolean {
    const first = this.#standing.has(a);
    return first === this.#standing.has(b) ? precedes(a, b) : first;
  }
}

const idOf = ({ rule, message }: Verdict): string => `${rule} ${message}`;

/** Each as often at most. */
function isPartOf(some: readonly string[], all: readonly string[]): boolean {
  const left = [...all];
  return some.every((each) => {
    const index = left.indexOf(each);
    if (index >= 0) left.splice(index, 1);
    return index >= 0;
  });
}

/** What is on its way out, too: it drains by what was in effect, or else it could be edited past all rules. */
function denialOf({ resource, verdicts }: Judged): Omit<Denial, "goesOn">[] {
  const denied = verdicts.filter(({ severity }) => severity === "Deny");
  return denied.length === 0 ? [] : [{ resource, verdicts: denied }];
}
