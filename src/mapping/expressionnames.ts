import { isBuiltin } from "./builtins.ts";

/** A node of JSONata's syntax tree, as far as names are concerned. */
export interface NamingNode {
  type?: unknown;
  value?: unknown;
  position?: unknown;
  lhs?: unknown;
  arguments?: unknown;
  procedure?: unknown;
  steps?: unknown;
  /** Names that `@` and `#` bind. */
  focus?: unknown;
  index?: unknown;
}

export interface NameFault {
  why: string;
  position: unknown;
}

/**
 * The names that an expression binds and uses. JSONata takes an unknown variable for nothing, and says that it is no
 * function only when it is called, which may be with the first message of a rare kind.
 */
export class ExpressionNames {
  /** Bound by us, or anywhere in the expression: where a name is in scope is left to JSONata. */
  readonly #bound: Set<unknown>;
  readonly #used: { name: string; position: unknown }[] = [];
  readonly #bareCalls: { name: string; position: unknown }[] = [];
  /** Keys of objects among them, under which an expression may keep functions of its own. */
  readonly #texts = new Set<unknown>();

  constructor(variables: readonly string[]) {
    this.#bound = new Set(variables);
  }

  note(node: NamingNode): void {
    const { type, value, position, focus, index } = node;
    // `$` and `$$` are variables of these names.
    if (type === "variable" && typeof value === "string" && value !== "" && value !== "$")
      this.#used.push({ name: value, position });
    if (type === "string") this.#texts.add(value);
    if (type === "function" || type === "partial") this.#noteCall(node);
    if (type === "bind") this.#bound.add(valueOf(node.lhs));
    if (type === "lambda") for (const argument of listOf(node.arguments)) this.#bound.add(valueOf(argument));
    if (type === "index") this.#bound.add(value);
    if (typeof focus === "string") this.#bound.add(focus);
    if (typeof index === "string") this.#bound.add(index);
  }

  /** The first name in the text that leads nowhere. To be asked once every node was noted. */
  fault(): NameFault | undefined {
    const unknown = this.#used
      .filter(({ name }) => !this.#bound.has(name) && !isBuiltin(name))
      .map(({ name, position }) => ({
        position,
        why: `$${name} does not exist: it is no function of JSONata, and nothing binds it here`,
      }));
    const bare = this.#bareCalls
      .filter(({ name }) => isBuiltin(name) && !this.#texts.has(name))
      .map(({ name, position }) => ({ position, why: `${name} is called without its $: write $${name}` }));
    return [...unknown, ...bare].toSorted((a, b) => Number(a.position) - Number(b.position))[0];
  }

  /** `uppercase(x)`: to JSONata the call of what is in a field. */
  #noteCall({ procedure, position }: NamingNode): void {
    const steps = listOf((procedure as NamingNode | undefined)?.steps);
    const name = steps.length === 1 ? valueOf(steps[0]) : undefined;
    if (typeof name === "string") this.#bareCalls.push({ name, position });
  }
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const valueOf = (node: unknown): unknown => (node as NamingNode | undefined)?.value;
