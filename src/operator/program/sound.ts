import { type Compiled, compile } from "../../compile/compile.ts";
import { type Problem, type Resource, type Resources, byKind, everyOne } from "../../compile/resources.ts";
import type { Rule, World } from "../../policy/rule.ts";
import type { Unreadable } from "../admission/world.ts";
import { type Denial, type InEffect, permitted } from "./permit.ts";

/** What came of resources: what may be programmed, and of everything what keeps it from taking effect. */
export interface Programmable extends Compiled {
  denials: readonly Denial[];
}

/**
 * A resource that is wrong in itself, or that a rule denies, never takes effect; what was in effect under its name before
 * goes on.
 */
export class Sound {
  readonly #inEffect = new Map<string, Resource>();

  /**
   * Compiles what is sound and allowed of `world` at `now` (milliseconds since the epoch), and what was in effect in place
   * of the rest and of what is `unreadable`. `problems` and `denials` tell of everything, also of what was left out.
   * `wasInEffect` is asked of what this process has not seen in effect itself; `tried` are rules that know what came of
   * trying.
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
      isStanding: (resource) => !seen.has(resource) || this.#isInEffect(resource, wasInEffect),
      before: (resource) => {
        const before = this.#inEffect.get(keyOf(resource));
        return before && isOne(before, resource) ? before : undefined;
      },
    };
    const { resources: allowed, denials } = permitted({ ...world, ...sound }, now, inEffect, tried);
    const withheld = denials.filter(({ goesOn }) => !goesOn).map(({ resource }) => keyOf(resource));
    const left = new Set([...invalid, ...withheld]);
    const { problems, ...compiled } = left.size === 0 ? first : compile(allowed);
    this.#remember(resources, left);
    const refused = [...unreadable.flatMap(problemsOf), ...first.problems.filter((p) => p.invalid)];
    return {
      ...compiled,
      problems: [...refused, ...problems.filter((p) => !p.invalid && !left.has(nameOf(p)))],
      denials,
    };
  }

  #isInEffect(resource: Resource, wasInEffect: (resource: Resource) => boolean): boolean {
    const before = this.#inEffect.get(keyOf(resource));
    if (before === undefined) return wasInEffect(resource);
    return isOne(before, resource) && before.metadata["generation"] === resource.metadata["generation"];
  }

  #withBefore(readable: Resources, unreadable: readonly Unreadable[]): Resources {
    if (unreadable.length === 0) return readable;
    const before = unreadable.flatMap(({ kind, metadata }) => {
      const found = this.#inEffect.get(keyOf({ kind, metadata }));
      return found === undefined ? [] : [{ ...found, metadata } as typeof found];
    });
    return byKind([...everyOne(readable), ...before]);
  }

  #without(resources: Resources, invalid: ReadonlySet<string>): Resources {
    const sound = everyOne(resources).flatMap((resource) => {
      if (!invalid.has(keyOf(resource))) return [resource];
      const before = this.#inEffect.get(keyOf(resource));
      // It may be being deleted by now.
      return before === undefined ? [] : [{ ...before, metadata: resource.metadata }];
    });
    return byKind(sound);
  }

  #remember(resources: Resources, invalid: ReadonlySet<string>): void {
    const all = everyOne(resources);
    const present = new Set(all.map(keyOf));
    for (const key of this.#inEffect.keys()) if (!present.has(key)) this.#inEffect.delete(key);
    for (const resource of all) if (!invalid.has(keyOf(resource))) this.#inEffect.set(keyOf(resource), resource);
  }
}

/** Not one that was made anew under the name. */
const isOne = (a: Resource, b: Resource): boolean => a.metadata["uid"] === b.metadata["uid"];

const nameOf = ({ kind, namespace = "", name }: Pick<Problem, "kind" | "namespace" | "name">): string =>
  `${kind}/${namespace}/${name}`;

const problemsOf = ({ kind, metadata: { name, namespace }, faults }: Unreadable): Problem[] =>
  faults.map(({ path, message }) => {
    const where = { kind, name, ...(namespace !== undefined && { namespace }) };
    return { invalid: true, ...where, path, reason: message };
  });

const keyOf = ({ kind, metadata }: Pick<Unreadable, "kind" | "metadata">): string =>
  nameOf({ kind, name: metadata.name, ...(metadata.namespace !== undefined && { namespace: metadata.namespace }) });
