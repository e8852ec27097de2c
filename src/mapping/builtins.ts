import jsonata from "jsonata";

/** Functions whose result differs from run to run, or that run what a payload says. A replay must give the same result. */
export const REFUSED_FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ["random", "a replay must give the same result"],
  ["shuffle", "a replay must give the same result"],
  ["eval", "it would run text as an expression, and text comes from payloads"],
]);

/** Name under which an evaluation's own time is bound: no expression can spell it. */
export const TIME = "time of the message";

/** JSONata calls what is bound to this before each step, and waits for it. */
export const BEFORE_STEP = Symbol.for("jsonata.__evaluate_entry") as unknown as string;

const MAX_PAD = 65_536;
const MAX_DISTINCT = 5_000;

type Callable = (this: unknown, ...args: unknown[]) => unknown;
type Focus = jsonata.Focus & Record<string, unknown>;

/** The shape in which JSONata keeps its functions; `implementation`'s parameter names matter for partial application. */
interface Definition {
  implementation: Callable;
}

/** A limit or a rule that an expression ran into; its message is ours. */
export class BuiltinRefusal extends Error {}

const original = {
  distinct: await definition("distinct"),
  fromMillis: await definition("fromMillis"),
  pad: await definition("pad"),
  toMillis: await definition("toMillis"),
};

/** What every expression can look names up in. */
const library = await environment();

/** Whether `$name` is a function of JSONata. */
export const isBuiltin = (name: string): boolean => library.lookup(name) !== undefined;

/** Replaces what knows the wall clock by what knows the message's time, and bounds what can fill the memory at once. */
export function installBuiltins(expression: jsonata.Expression): void {
  install(expression, "pad", original.pad, function (this: unknown, str, width, char) {
    if (Math.abs(Number(width)) > MAX_PAD) throw new BuiltinRefusal(`$pad is limited to ${MAX_PAD} characters`);
    return original.pad.implementation.call(this, str, width, char);
  });
  install(expression, "distinct", original.distinct, function (this: unknown, arr) {
    const tooMany = Array.isArray(arr) && arr.length > MAX_DISTINCT;
    if (tooMany) throw new BuiltinRefusal(`$distinct is limited to ${MAX_DISTINCT} values`);
    return original.distinct.implementation.call(this, arr);
  });
  install(expression, "toMillis", original.toMillis, function (this: unknown, timestamp, picture) {
    const focus = this as Focus;
    const environment = { timestamp: new Date(timeOf(focus) ?? 0) };
    return original.toMillis.implementation.call({ ...focus, environment }, timestamp, picture);
  });
  expression.registerFunction(
    "millis",
    function () {
      return knownTime(this);
    },
    "<:n>",
  );
  expression.registerFunction(
    "now",
    function (picture: unknown, timezone: unknown) {
      return original.fromMillis.implementation.call(this, knownTime(this), picture, timezone);
    },
    "<s?s?:s>",
  );
}

function install(
  expression: jsonata.Expression,
  name: string,
  from: Definition,
  implementation: (this: unknown, first: unknown, second: unknown, third: unknown) => unknown,
): void {
  expression.assign(name, { ...from, implementation });
}

async function definition(name: string): Promise<Definition> {
  return (await jsonata(`$${name}`).evaluate(undefined)) as Definition;
}

async function environment(): Promise<jsonata.Environment> {
  const expression = jsonata("1");
  let found: jsonata.Environment | undefined;
  expression.assign(BEFORE_STEP, (_step: unknown, _input: unknown, own: jsonata.Environment) => void (found = own));
  await expression.evaluate(undefined);
  return found as jsonata.Environment;
}

function timeOf(focus: jsonata.Focus): number | undefined {
  return focus.environment.lookup(TIME) as number | undefined;
}

function knownTime(focus: jsonata.Focus): number {
  const time = timeOf(focus);
  if (time === undefined) throw new BuiltinRefusal("$now and $millis are the time of the message, and here is none");
  return time;
}
