import { FasciaError } from "../base/errors.ts";
import { type Expression, compileExpression } from "./expression.ts";

/**
 * An expression whose errors say where it stands: `place` is the field of the configuration, e.g. `spec.event.filter`,
 * and begins their messages. An Integration and an Adapter have several, and a line and a column alone lead to none of
 * them. Throws and rejects with the codes of `compileExpression`.
 */
export function compileNamed(source: string, place: string): Expression {
  const expression = attempt(place, () => compileExpression(source));
  return {
    source,
    evaluate: (input, bindings, caps) =>
      expression.evaluate(input, bindings, caps).catch((error: unknown) => {
        throw placed(error, place);
      }),
  };
}

function attempt<T>(place: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw placed(error, place);
  }
}

const placed = (error: unknown, place: string): unknown =>
  error instanceof FasciaError ? new FasciaError(error.code, `${place}: ${error.message}`, { cause: error }) : error;
