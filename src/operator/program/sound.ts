import { type Compiled, compile } from "../../compile/compile.ts";
import { type Problem, type Resource, type Resources, byKind, everyOne } from "../../compile/resources.ts";
import type { Standing } from "../../jetstream/standing.ts";
import type { Rule, World } from "../../policy/rule.ts";
import type { Judged } from "../../policy/state.ts";
import type { Unreadable } from "../admission/world.ts";
import { resourceId } from "./concerns.ts";
import { Memory, idOf } from "./memory.ts";
import { type Denial, type InEffect, permitted } from "./permit.ts";

/** What came of resources: what may be programmed, and of everything what keeps it from taking effect. */
export interface Programmable extends Compiled {
  denials: readonly Denial[];
  /** What an exception in force lets pass. */
  excepted: readonly Judged[];
}

/**
 * A resource that is wrong in itself, or that a rule denies, never takes effect; what was in effect under its name before
 * goes on.
 */
export class Sound {
  readonly #memory: Memory;

  /** `recalled`: what is known of before this process. */
  constructor(recalled = new Memory()) {
    this.#memory = recalled;
  }

  /** What is in effect, for the next process to recall. */
  standing(): Standing[] {
    return this.#memory.standing();
  }

  /**
   * Compiles what is sound and allowed of `world` at `now` (milliseconds since the epoch), and what was in effect in place
   * of the rest and of what is `unreadable`. `problems` and `denials` tell of everything, also of what was left out.
   * `wasInEffect` is asked of what nothing is remembered of; `tried` are rules that know what came of trying.
   */
  compile(
    world: World,
    unreadable: readonly Unreadable[],
    now: number,
    wasInEffect: (resource: Resource) => boolean = () => false,
    tried: readonly Rule[] = [],
  ): Programmable {
    const resources = this.#withBefore(world, unreadable);
    const first = compile(resources);
    const invalid = new Set(first.problems.filter((p) => p.invalid).map(nameOf));
    const sound = invalid.size === 0 ? resources : this.#without(resources, invalid);
    const seen = new Set(everyOne(world));
    const inEffect: InEffect = {
      // What came from memory is in effect.
      isStanding: (resource) => !seen.has(resource) || (this.#memory.isInEffect(resource) ?? wasInEffect(resource)),
      before: (resource) => this.#memory.before(resource),
    };
    const { resources: allowed, denials, excepted } = permitted({ ...world, ...sound }, now, inEffect, tried);
    const withheld = denials.filter(({ goesOn }) => !goesOn).map(({ resource }) => idOf(resource));
    const left = new Set([...invalid, ...withheld]);
    const { problems, ...compiled } = left.size === 0 ? first : compile(allowed);
    this.#memory.remember(resources, (resource) => seen.has(resource) && !left.has(idOf(resource)));
    const refused = [...unreadable.flatMap(problemsOf), ...first.problems.filter((p) => p.invalid)];
    return {
      ...compiled,
      problems: [...refused, ...problems.filter((p) => !p.invalid && !left.has(nameOf(p)))],
      denials,
      excepted,
    };
  }

  #withBefore(readable: Resources, unreadable: readonly Unreadable[]): Resources {
    return unreadable.length === 0 ? readable : byKind([...everyOne(readable), ...this.#before(unreadable)]);
  }

  #without(resources: Resources, invalid: ReadonlySet<string>): Resources {
    return byKind(
      everyOne(resources).flatMap((resource) => (invalid.has(idOf(resource)) ? this.#before([resource]) : resource)),
    );
  }

  /** What goes on in place of `left`, each of which may be being deleted by now. */
  #before(left: readonly (Resource | Unreadable)[]): Resource[] {
    return left.flatMap(({ kind, metadata }) => {
      const before = this.#memory.before({ kind, metadata });
      return before === undefined ? [] : [{ ...before, metadata } as Resource];
    });
  }
}

const nameOf = (problem: Problem): string => resourceId(problem.kind, problem);

const problemsOf = ({ kind, metadata: { name, namespace }, faults }: Unreadable): Problem[] =>
  faults.map(({ path, message }) => {
    const where = { kind, name, ...(namespace !== undefined && { namespace }) };
    return { invalid: true, ...where, path, reason: message };
  });
