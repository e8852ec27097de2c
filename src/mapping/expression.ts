import jsonata from "jsonata";
import { processorMs, systemClock } from "../base/clock.ts";
import { TIME } from "./builtins.ts";
import { copyJson } from "./copy.ts";
import { createEvaluator, type Evaluator } from "./evaluation.ts";
import { type EvaluationCaps, explainFailure, explainSyntax, OutOfTime } from "./explain.ts";
import { inspectExpression } from "./inspect.ts";
import { type Stopwatches, runPatiently } from "./patience.ts";
import { plainJson } from "./plainjson.ts";
import { createTurns, eventLoopTurn } from "./turns.ts";

export type { EvaluationCaps } from "./explain.ts";

/** A compiled JSONata expression (https://docs.jsonata.org). Keeps nothing between evaluations. */
export interface Expression {
  readonly source: string;
  /**
   * The result over `input` (`$`) with `bindings` as variables (`message` is `$message`), as plain JSON; undefined where
   * the expression yields nothing. The input is not changed, and copied only where that is needed: the result may share parts with it. The
   * same input gives the same result at any time: `$now()` and `$millis()` tell `$message.receivedAt`. Rejects with
   * FasciaError `ExpressionFailed`, `ExpressionTimeout` or `ExpressionTooDeep`, none of which quotes a value.
   */
  evaluate(input: unknown, bindings: Record<string, unknown>, caps?: Partial<EvaluationCaps>): Promise<unknown>;
}

const DEFAULT_CAPS: EvaluationCaps = { ms: 250, depth: 2_000 };

/** What nearly every evaluation ends within. Those that do not start again, in slices of this length. */
const QUICK_MS = 10;

const STOPWATCHES: Stopwatches = { monotonic: systemClock.monotonic, processorMs };

/** Evaluations never overlap, so that the time one takes is its own. */
const takeTurn = createTurns();

/** Time that evaluations have taken since others last got the event loop. */
let busyMs = 0;

/** What an expression may find bound beside JSONata's functions. */
export type Variable = "message";

/** Throws FasciaError `ExpressionSyntax` with line and column, also for a variable that is not among `variables`. */
export function compileExpression(
  source: string,
  stopwatches: Stopwatches = STOPWATCHES,
  variables: readonly Variable[] = ["message"],
): Expression {
  const { quick, patient, marksInput } = compile(source, variables);
  return {
    source,
    evaluate: async (given, bindings, caps) => {
      const input = marksInput ? copyJson(given) : given;
      const limits = { ...DEFAULT_CAPS, ...caps };
      const variables = withTime(bindings);
      try {
        const attempt = await runQuickly(quick, input, variables, limits, stopwatches);
        if (attempt) return plainJson(attempt.result);
        return plainJson(
          await runPatiently(patient(), input, variables, limits, { ...stopwatches, takeTurn, sliceMs: QUICK_MS }),
        );
      } catch (error) {
        throw explainFailure(error, source, limits);
      }
    },
  };
}

interface Compiled {
  quick: Evaluator;
  patient: () => Evaluator;
  marksInput: boolean;
}

function compile(source: string, variables: readonly Variable[]): Compiled {
  try {
    const { makesRanges, marksInput } = inspectExpression(jsonata(source).ast(), source, variables);
    let patient: Evaluator | undefined;
    return {
      marksInput,
      quick: createEvaluator(source, { pauses: false, bounded: makesRanges }),
      patient: () => (patient ??= createEvaluator(source, { pauses: true, bounded: true })),
    };
  } catch (error) {
    throw explainSyntax(error, source);
  }
}

/** Undefined when the time of a quick run was not enough and the caps allow more. */
async function runQuickly(
  evaluator: Evaluator,
  input: unknown,
  bindings: Record<string, unknown>,
  caps: EvaluationCaps,
  { monotonic }: Stopwatches,
): Promise<{ result: unknown } | undefined> {
  const endTurn = await takeTurn();
  const begin = monotonic();
  const ms = Math.min(QUICK_MS, caps.ms);
  const check = () => {
    if (monotonic() - begin > ms) throw new OutOfTime("quick run");
  };
  try {
    return { result: await evaluator.run(input, bindings, { depth: caps.depth, check }) };
  } catch (error) {
    if (error instanceof OutOfTime && ms < caps.ms) return undefined;
    throw error;
  } finally {
    busyMs += monotonic() - begin;
    if (busyMs >= QUICK_MS) await breathe();
    endTurn();
  }
}

/** Many quick evaluations in a row are one long one to everybody else. */
async function breathe(): Promise<void> {
  busyMs = 0;
  await eventLoopTurn();
}

/** Expressions see the time at which the message was received as the present: a replay must give the same result. */
function withTime(bindings: Record<string, unknown>): Record<string, unknown> {
  const { message } = bindings;
  if (typeof message !== "object" || message === null || !("receivedAt" in message)) return bindings;
  const time = Date.parse(String(message.receivedAt));
  return Number.isNaN(time) ? bindings : { ...bindings, [TIME]: time };
}
