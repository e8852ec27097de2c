import jsonata from "jsonata";
import { BEFORE_STEP, installBuiltins } from "./builtins.ts";
import { OutOfTime } from "./explain.ts";
import { regexEngine } from "./regex/engine.ts";
import { eventLoopTurn } from "./turns.ts";

/** Lists that an expression makes are no longer than this. */
const MAX_SEQUENCE = 100_000;

/** JSONata calls what is bound to the first after each step, and what is bound to the second for each frame of variables. */
const AFTER_STEP = Symbol.for("jsonata.__evaluate_exit") as unknown as string;
const FRAME_MADE = Symbol.for("jsonata.__createFrame_push") as unknown as string;

interface Frame {
  bind(name: string, value: unknown): void;
}

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
  const guard = new Guard(options.bounded);
  const expression = jsonata(source, guard);
  installBuiltins(expression);
  const pause = options.pauses ? () => guard.limits.pause?.() : undefined;
  // What is bound nowhere is looked for in every frame up to the outermost, twice for each step.
  expression.assign(FRAME_MADE, (_outer: Frame, frame: Frame) => {
    frame.bind(BEFORE_STEP, pause);
    frame.bind(AFTER_STEP, undefined);
  });
  return {
    run: async (input, bindings, given) => {
      guard.limits = given;
      try {
        return await expression.evaluate(input, bindings);
      } catch (error) {
        // Branches of a failed run go on by themselves: they must meet the stop below before another run begins.
        guard.limits = IDLE;
        await eventLoopTurn();
        throw error;
      } finally {
        guard.limits = IDLE;
      }
    },
  };
}

const IDLE: RunLimits = { depth: 0, check: stopped };

/**
 * What JSONata asks for before each step. It would compare `timeout` with the wall clock, which may jump: read through
 * accessors the two tell the limits of the present run, and the time is checked by our own clock. A class, so that the
 * engine knows the accessors of all expressions as the same.
 */
class Guard implements jsonata.JsonataOptions {
  limits = IDLE;
  readonly RegexEngine: RegExpConstructor;
  readonly sequence?: number;

  constructor(bounded: boolean) {
    this.RegexEngine = regexEngine(() => this.limits.check()) as unknown as RegExpConstructor;
    if (bounded) this.sequence = MAX_SEQUENCE;
  }

  get timeout(): number {
    this.limits.check();
    return 0;
  }

  get stack(): number {
    return this.limits.depth;
  }
}

function stopped(): never {
  throw new OutOfTime("stopped");
}
