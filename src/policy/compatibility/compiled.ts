import type { ContractVersionSpec } from "../../api/contractversion.ts";
import { safeReason } from "../../base/errors.ts";
import { type Contract, compileContract } from "../../mapping/contract.ts";

const contracts = new WeakMap<ContractVersionSpec, { contract: Contract | undefined }>();

/** Undefined where its schema does not compile, which is told of the version itself. By spec, which nobody changes. */
export function compiledOnce(spec: ContractVersionSpec): Contract | undefined {
  const known = contracts.get(spec) ?? { contract: compiled(spec) };
  contracts.set(spec, known);
  return known.contract;
}

function compiled(spec: ContractVersionSpec): Contract | undefined {
  let contract: Contract | undefined;
  failure(() => {
    contract = compileContract(spec);
  });
  return contract;
}

/** Why `action` throws, without a value of a payload; undefined where it does not. */
export function failure(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return safeReason(error);
  }
}
