import { secretUses } from "../../compile/secretuses.ts";
import { workloadNames } from "./names.ts";
import type { ServedAdapter } from "./object.ts";
import type { WorkloadSettings } from "./settings.ts";

/** Secrets that are made for Adapters (`workloadNames`). */
const MADE = /^fascia-.*-(keys|nats)$/;

/**
 * Why an Adapter would lay hands on what is not its own. Whoever may write an Adapter has it send any Secret of the
 * namespace anywhere, as a token: not those by which another one is known to the hub, nor the installation's keys. And an
 * object of the operator's that an Adapter's is called like would become the Adapter's, and be deleted with it.
 */
export function reservedProblems(adapter: ServedAdapter, { reserved }: WorkloadSettings): string[] {
  const { namespace, name } = adapter.metadata;
  const own = new Set(namespace === reserved?.namespace ? reserved.names : []);
  const { base, credentials, keys, trust } = workloadNames(name);
  const taken = [base, credentials, keys, trust].find((each) => own.has(each));
  const used = secretUses(adapter.spec).filter(({ secret }) => own.has(secret) || MADE.test(secret));
  return [
    ...(taken === undefined
      ? []
      : [`metadata.name: ${taken} is the operator's own: take another name, or another namespace than the operator's`]),
    ...used.map(({ path, secret }) => `${path}: Secret ${secret} is Fascia's own: make one for the system`),
  ];
}
