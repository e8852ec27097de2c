import type { ContractVersionSpec, Translation } from "../../api/contractversion.ts";
import { safeReason } from "../../base/errors.ts";
import { translate } from "../../mapping/translate.ts";
import { compiledOnce, failure } from "./compiled.ts";

/** One translation, to be tried on the examples of the version that it leads from. */
export interface Trial {
  translation: Translation;
  from: ContractVersionSpec;
  to: ContractVersionSpec;
}

/** The first example that failed; where or why, never what stands in it. */
export interface TrialFault {
  example: string;
  reason: string;
  /** How many others failed, too. */
  others: number;
}

/** By translation, of specs that nobody changes: a whole state is judged again and again. */
const done = new WeakMap<Translation, Trial & { fault: Promise<TrialFault | undefined> }>();

/**
 * Whether every example of the one version, translated, satisfies the other. What is wrong in itself is told elsewhere:
 * a translation or a schema that does not compile, an example that does not satisfy its own version. Expressions are
 * capped as they are with messages.
 */
export function faultOf(trial: Trial): Promise<TrialFault | undefined> {
  const before = done.get(trial.translation);
  if (before?.from === trial.from && before.to === trial.to) return before.fault;
  const fault = run(trial);
  done.set(trial.translation, { ...trial, fault });
  return fault;
}

async function run({ translation, from, to }: Trial): Promise<TrialFault | undefined> {
  const [own, other] = [compiledOnce(from), compiledOnce(to)];
  if (own === undefined || other === undefined) return undefined;
  const examples = (from.examples ?? []).filter(({ payload }) => failure(() => own.validate(payload)) === undefined);
  const faults: { example: string; reason: string }[] = [];
  for (const { name, payload } of examples) {
    const reason = await translated(payload, translation).then(
      (result) => failure(() => other.validate(result)),
      safeReason,
    );
    if (reason !== undefined) faults.push({ example: name, reason });
  }
  const [first] = faults;
  return first && { ...first, others: faults.length - 1 };
}

/** A payload of which every run has its own: a patch may share parts of its result with what it was given. */
const translated = (payload: unknown, translation: Translation): Promise<unknown> =>
  translate(structuredClone(payload), translation);
