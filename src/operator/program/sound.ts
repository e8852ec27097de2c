import { type Compiled, compile } from "../../compile/compile.ts";
import { type Problem, type Resource, type Resources, byKind, everyOne } from "../../compile/resources.ts";
import type { Unreadable } from "../admission/world.ts";

/** A resource that is wrong in itself never takes effect; what was in effect under its name before goes on. */
export class Sound {
  readonly #inEffect = new Map<string, Resource>();

  /**
   * Compiles what is sound of `resources`, and what was in effect in place of what is `unreadable`. `problems` tells of
   * everything, also of what was left out.
   */
  compile(readable: Resources, unreadable: readonly Unreadable[] = []): Compiled {
    const resources = this.#withBefore(readable, unreadable);
    const { problems, ...compiled } = this.#compileSound(resources);
    return { ...compiled, problems: [...unreadable.flatMap(problemsOf), ...problems] };
  }

  #compileSound(resources: Resources): Compiled {
    const first = compile(resources);
    const invalid = new Set(first.problems.filter((p) => p.invalid).map(nameOf));
    const compiled = invalid.size === 0 ? first : compile(this.#without(resources, invalid));
    this.#remember(resources, invalid);
    const refused = first.problems.filter((p) => p.invalid);
    return { ...compiled, problems: [...refused, ...compiled.problems.filter((p) => !invalid.has(nameOf(p)))] };
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

const nameOf = ({ kind, namespace = "", name }: Pick<Problem, "kind" | "namespace" | "name">): string =>
  `${kind}/${namespace}/${name}`;

const problemsOf = ({ kind, metadata: { name, namespace }, faults }: Unreadable): Problem[] =>
  faults.map(({ path, message }) => {
    const where = { kind, name, ...(namespace !== undefined && { namespace }) };
    return { invalid: true, ...where, path, reason: message };
  });

const keyOf = ({ kind, metadata }: Pick<Unreadable, "kind" | "metadata">): string =>
  nameOf({ kind, name: metadata.name, ...(metadata.namespace !== undefined && { namespace: metadata.namespace }) });
