import { adapterClassKind } from "./adapterclass-kind.ts";
import { adapterKind } from "./adapter-kind.ts";
import { contractVersionKind } from "./contractversion-kind.ts";
import { dataDomainKind } from "./datadomain-kind.ts";
import { integrationKind } from "./integration-kind.ts";
import { policyExceptionKind } from "./policyexception-kind.ts";
import type { KindInfo } from "./meta.ts";

/** Every kind that is served, in the order in which they build on one another. */
export const KINDS: readonly KindInfo[] = [
  dataDomainKind,
  adapterClassKind,
  contractVersionKind,
  adapterKind,
  integrationKind,
  policyExceptionKind,
];
