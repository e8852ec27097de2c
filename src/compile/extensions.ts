import { namespaceOf } from "../api/objectmeta.ts";
import type { ContractVersionSpec } from "../api/contractversion.ts";
import { contractVersionName } from "../api/contractversionname.ts";
import type { PolicyException } from "../api/policyexception.ts";
import { type AdapterConfig, type Extension, contractKey } from "./config.ts";
import { endOf, isApproved } from "./exceptionend.ts";

/** Rules an exception from which lets a version be used past its end, by who need not keep them. */
export const EXTENDING: readonly string[] = ["lifecycle/existing-use", "lifecycle/new-use"];

type Version = Pick<ContractVersionSpec, "contract" | "version">;
/** An Adapter or an Integration. */
interface UserName {
  kind: string;
  namespace: string;
  name: string;
}

/**
 * Until when approved ones of `exceptions` let `user` use `version` past its end, milliseconds since the epoch; 0 where none
 * does. One that names the version counts for all who use it, one that names a user for that one.
 */
export function extendedUntil(exceptions: readonly PolicyException[], version: Version, user: UserName): number {
  const found = exceptions.filter((each) => namesVersion(each, version) || namesUser(each, user));
  return Math.max(0, ...found.map(untilOf));
}

/** All that lets this adapter, or its routes, use versions past their end, in an order of its own; undefined: nothing. */
export function extensionsOf(
  config: Pick<AdapterConfig, "namespace" | "name" | "contracts" | "routes">,
  exceptions: readonly PolicyException[],
): Extension[] | undefined {
  const found = exceptions.flatMap((exception) =>
    appliesTo(exception, config).map((to) => ({
      exception: `${namespaceOf(exception)}/${exception.metadata.name}`,
      ...to,
      until: untilOf(exception),
    })),
  );
  return found.length === 0 ? undefined : found.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function appliesTo(
  exception: PolicyException,
  { namespace, name, contracts, routes }: Pick<AdapterConfig, "namespace" | "name" | "contracts" | "routes">,
): Pick<Extension, "contract" | "integration">[] {
  const integrations = [...new Set(routes.map(({ integration }) => integration))];
  return [
    ...(namesUser(exception, { kind: "Adapter", namespace, name }) ? [{}] : []),
    ...integrations
      .filter((each) => namesUser(exception, { kind: "Integration", namespace, name: each }))
      .map((integration) => ({ integration })),
    ...Object.values(contracts)
      .filter((each) => namesVersion(exception, each))
      .map(({ contract, version }) => ({ contract: contractKey(contract, version) })),
  ];
}

const namesVersion = (exception: PolicyException, version: Version): boolean =>
  covers(exception, "ContractVersion", contractVersionName(version));

const namesUser = (exception: PolicyException, { kind, namespace, name }: UserName): boolean =>
  namespaceOf(exception) === namespace && covers(exception, kind, name);

const covers = (exception: PolicyException, kind: string, name: string): boolean =>
  isApproved(exception) &&
  exception.spec.rules.some((rule) => EXTENDING.includes(rule)) &&
  exception.spec.resources.some((each) => each.kind === kind && each.name === name);

/** One that is not created yet has no end but its own. */
const untilOf = (exception: PolicyException): number => endOf(exception, Number.POSITIVE_INFINITY);
