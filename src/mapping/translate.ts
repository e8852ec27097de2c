import type { ContractVersionSpec, Translation } from "../api/contractversion.ts";
import { FasciaError } from "../base/errors.ts";
import { compileExpression, type Expression } from "./expression.ts";
import { applyPatch, checkPatch } from "./patch.ts";

interface Neighbour {
  version: string;
  by: Translation;
}

/**
 * The shortest way from one version of `contract` to another over the neighbours that the versions declare translations
 * to or from; empty when they are the same, undefined when there is none. Of ways of one length the one whose
 * ContractVersions stand first is taken, so that every process takes the same.
 */
export function planTranslation(
  contracts: readonly ContractVersionSpec[],
  contract: string,
  from: string,
  to: string,
): Translation[] | undefined {
  const versions = contracts.filter((candidate) => candidate.contract === contract);
  const reached = new Map<string, Translation[]>([[from, []]]);
  for (const [version, steps] of reached) {
    if (version === to) return steps;
    for (const { version: next, by } of neighboursOf(versions, version)) {
      if (!reached.has(next)) reached.set(next, [...steps, by]);
    }
  }
  return undefined;
}

/** Versions that a message of `version` can be turned into in one step. */
function neighboursOf(versions: readonly ContractVersionSpec[], version: string): Neighbour[] {
  return versions.flatMap((declared) =>
    (declared.translations ?? []).flatMap((by): Neighbour[] => {
      if (by.from === version) return [{ version: declared.version, by }];
      return declared.version === version && by.to !== undefined ? [{ version: by.to, by }] : [];
    }),
  );
}

type Step = (payload: unknown) => Promise<unknown> | unknown;

const compiled = new WeakMap<Translation, Step>();

/** Throws FasciaError `TranslationInvalid` or `ExpressionSyntax` for a translation that cannot work on any payload. */
export function compileTranslation(translation: Translation): void {
  stepOf(translation);
}

/**
 * `payload` after all steps; it is not changed, and the result may share parts with it. Rejects with FasciaError
 * `TranslationFailed` or an expression's error; neither quotes a value.
 */
export async function translate(payload: unknown, steps: readonly Translation[]): Promise<unknown> {
  let result = payload;
  for (const step of steps) {
    try {
      result = await stepOf(step)(result);
    } catch (error) {
      if (!(error instanceof FasciaError)) throw error;
      throw new FasciaError(error.code, `${nameOf(step)}: ${error.message}`, { cause: error });
    }
  }
  return result;
}

function stepOf(translation: Translation): Step {
  const known = compiled.get(translation);
  if (known) return known;
  const step = compileStep(translation);
  compiled.set(translation, step);
  return step;
}

function compileStep({ patch, jsonata }: Translation): Step {
  if (jsonata !== undefined) return byExpression(compileExpression(jsonata, undefined, []));
  const operations = patch ?? [];
  checkPatch(operations);
  return (payload) => applyPatch(payload, operations);
}

const byExpression = (expression: Expression) => async (payload: unknown) => {
  const result = await expression.evaluate(payload, {});
  if (result === undefined) throw new FasciaError("TranslationFailed", "the expression yields nothing");
  return result;
};

const nameOf = ({ from, to }: Translation): string => `translation ${from === undefined ? `to ${to}` : `from ${from}`}`;
