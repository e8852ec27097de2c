import { adapterClassKind } from "../api/adapterclass-kind.ts";
import { adapterKind } from "../api/adapter-kind.ts";
import { contractVersionKind } from "../api/contractversion-kind.ts";
import { dataDomainKind } from "../api/datadomain-kind.ts";
import { integrationKind } from "../api/integration-kind.ts";
import { policyExceptionKind } from "../api/policyexception-kind.ts";
import { GROUP, type KindInfo, VERSION } from "../api/meta.ts";
import type { ResourceType } from "./kube/resource.ts";

/** A kind as the API server knows it. */
export const typeOf = ({ kind, plural, scope }: KindInfo): ResourceType => ({
  group: GROUP,
  version: VERSION,
  kind,
  plural,
  scope,
});

/** The kinds that are served, as the API server knows them. */
export const DATA_DOMAINS = typeOf(dataDomainKind as KindInfo);
export const ADAPTER_CLASSES = typeOf(adapterClassKind as KindInfo);
export const CONTRACT_VERSIONS = typeOf(contractVersionKind as KindInfo);
export const ADAPTERS = typeOf(adapterKind as KindInfo);
export const POLICY_EXCEPTIONS = typeOf(policyExceptionKind as KindInfo);
export const INTEGRATIONS = typeOf(integrationKind as KindInfo);
