import type { ContractVersionSpec, Translation } from "../api/contractversion.ts";
import { FasciaError } from "../base/errors.ts";
import { compileExpression, type Expression } from "./expression.ts";
import { applyPatch, checkPatch, type Gaps } from "./patch.ts";

/** A translation, and the version that a message has after it. */
export interface Step {
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
): Step[] | undefined {
  const versions = contracts.filter((candidate) => candidate.contract === contract);
  const reached = new Map<string, Step[]>([[from, []]]);
  for (const [version, steps] of reached) {
    if (version === to) return steps;
    for (const next of neighboursOf(versions, version)) {
      if (!reached.has(next.version)) reached.set(next.version, [...steps, next]);
    }
  }
  return undefined;
}

/** Versions that a message of `version` can be turned into in one step. */
function neighboursOf(versions: readonly ContractVersionSpec[], version: string): Step[] {
  return versions.flatMap((declared) =>
    (declared.translations ?? []).flatMap((by): Step[] => {
      if (by.from === version) return [{ version: declared.version, by }];
      return declared.version === version && by.to !== undefined ? [{ version: by.to, by }] : [];
    }),
  );
}

type Run = (payload: unknown, gaps: Gaps | undefined) => Promise<unknown> | unknown;

const compiled = new WeakMap<Translation, Run>();

/** Throws FasciaError `TranslationInvalid` or `ExpressionSyntax` for a translation that cannot work on any payload. */
export function compileTranslation(translation: Translation): void {
  runOf(translation);
}

/**
 * `payload` after `translation`; it is not changed, and the result may share parts with it. `gaps`: what was taken away
 * from it before. Rejects with FasciaError `TranslationFailed` or an expression's error; neither quotes a value.
 */
export async function translate(payload: unknown, translation: Translation, gaps?: Gaps): Promise<unknown> {
  try {
    return await runOf(translation)(payload, gaps);
  } catch (error) {
    if (!(error instanceof FasciaError)) throw error;
    throw new FasciaError(error.code, `${nameOf(translation)}: ${error.message}`, { cause: error });
  }
}

function runOf(translation: Translation): Run {
  const known = compiled.get(translation);
  if (known) return known;
  const run = compileRun(translation);
  compiled.set(translation, run);
  return run;
}

function compileRun({ patch, jsonata }: Translation): Run {
  if (jsonata !== undefined) return byExpression(compileExpression(jsonata, undefined, []));
  const operations = patch ?? [];
  checkPatch(operations);
  return (payload, gaps) => applyPatch(payload, operations, gaps);
}

const byExpression = (expression: Expression) => async (payload: unknown) => {
  const result = await expression.evaluate(payload, {});
  if (result === undefined) throw new FasciaError("TranslationFailed", "the expression yields nothing");
  return result;
};

const nameOf = ({ from, to }: Translation): string => `translation ${from === undefined ? `to ${to}` : `from ${from}`}`;
