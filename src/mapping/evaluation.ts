import jsonata from "jsonata";
import { BEFORE_STEP, installBuiltins } from "./builtins.ts";
import { OutOfTime } from "./explain.ts";
import { regexEngine } from "./regex/engine.ts";
import { eventLoopTurn } from "./turns.ts";

/** Lists that an expression makes are no longer than this. */
const MAX_SEQUENCE = 100_000;

/** An expression ready to run, with limits that are set for each run. Runs must not overlap. */
export interface Evaluator {
  run(input: unknown, bindings: Record<string, unknown>, limits: RunLimits): Promise<unknown>;
}

export interface RunLimits {
  depth: number;
  /** Called before each step and now and then within long ones; throws to stop the run. */
  check: () => void;
  /** Called before each step where the evaluator pauses; what it returns is waited for. */
  pause?: () => Promise<void> | undefined;
}

/**
 * `pauses`: the evaluator can be held between two steps, at a price of a third of its speed; `bounded`: the length of
 * lists is watched. Throws what JSONata throws for an expression that it cannot read.
 */
export function createEvaluator(source: string, options: { pauses: boolean; bounded: boolean }): Evaluator {
  const idle: RunLimits = { depth: 0, check: stopped };
  let limits = idle;
  const check = () => limits.check();
  const expression = jsonata(
    source,
    jsonataOptions(check, () => limits.depth, options.bounded),
  );
  installBuiltins(expression);
  if (options.pauses) expression.assign(BEFORE_STEP, () => limits.pause?.());
  return {
    run: async (input, bindings, given) => {
      limits = given;
      try {
        return await expression.evaluate(input, bindings);
      } catch (error) {
        // Branches of a failed run go on by themselves: they must meet the stop below before another run begins.
        limits = idle;
        await eventLoopTurn();
        throw error;
      } finally {
        limits = idle;
      }
    },
  };
}

/**
 * JSONata asks for `timeout` and `stack` before each step and compares the first with the wall clock, which may jump.
 * Read through accessors they tell the limits of the present run, and the time is checked by our own clock.
 */
function jsonataOptions(check: () => void, depth: () => number, bounded: boolean): jsonata.JsonataOptions {
  return {
    get timeout(): number {
      check();
      return 0;
    },
    get stack(): number {
      return depth();
    },
    RegexEngine: regexEngine(check) as unknown as RegExpConstructor,
    ...(bounded && { sequence: MAX_SEQUENCE }),
  };
}

function stopped(): never {
  throw new OutOfTime("stopped");
}
