import type { RuleId } from "./rule.ts";

/** What each rule is about, in one sentence, as tools list them; docs/policies.md begins with the same list. */
export const SUMMARIES: Record<RuleId, string> = {
  "resource/invalid": "Refuses a resource that does not have the fields of its kind.",
  "spec/unusable":
    "Refuses what the schema of fields can't see: a mapping that does not compile, a time zone that does not exist.",
  "references/never-resolves": "Refuses a reference to a version whose ContractVersion could never be there.",
  "references/unresolved": "Warns of a reference that nothing answers yet.",
  "compatibility/breaks-promise":
    "Refuses a ContractVersion that is not as compatible with its predecessor as it promises.",
  "compatibility/example-fails": "Refuses a ContractVersion that does not take an example of its own.",
  "compatibility/translation-fails": "Refuses a translation between two versions that fails for their examples.",
  "contracts/domain-differs": "Refuses a ContractVersion in another domain than the other versions of the same major.",
  "contracts/in-use": "Warns whoever deletes a ContractVersion that is in use.",
  "lifecycle/instant-moved": "Refuses to move an instant of a ContractVersion's life that has passed or was announced.",
  "lifecycle/published-changed": "Refuses another format, schema or sensitivity for a version that is published.",
  "lifecycle/window-too-short": "Refuses a sunset that leaves users less time than the domain promises.",
  "lifecycle/new-use": "Refuses to begin with a ContractVersion that is Deprecated, at its Sunset or Retired.",
  "lifecycle/existing-use": "Warns of a use from before of a version that is Deprecated, at its Sunset or Retired.",
  "lifecycle/retired-in-use": "Refuses to retire a version while anything uses it.",
  "ownership/system-claim": "Refuses an Adapter that acts as a system which a DataDomain gives to other Adapters.",
  "ownership/domains-overlap": "Refuses a DataDomain that claims a system or an entity of another one.",
  "ownership/domain-in-use": "Warns whoever deletes a DataDomain by which systems, entities or contracts are governed.",
  "ownership/foreign-field": "Refuses an Adapter that emits an entity of which its system owns nothing.",
  "ownership/no-consumer": "Refuses to deliver an entity to a system that is none of its consumers.",
  "ownership/write-path": "Refuses to write an entity back into its system by another way than its domain names.",
  "authority/not-steward":
    "Refuses to create or change a ContractVersion of a domain, the domain itself or a class to whoever is no steward of it.",
  "authority/class-use": "Refuses an Adapter of a restricted class to whoever does not hold the verb use on it.",
  "change-window/closed": "Refuses to change what is in use in a domain while its change windows are closed.",
  "exception/too-long": "Refuses a PolicyException that ends more than 90 days after it was created.",
  "exception/unknown-rule": "Refuses a PolicyException from a rule that does not exist or knows no exception.",
  "exception/changed": "Refuses to change what a PolicyException says, other than its approvals.",
  "exception/requested-by": "Refuses to create a PolicyException in another user's name.",
  "exception/approval": "Refuses an approval by whoever may not give it, or in another's name.",
  "listen/port-taken": "Refuses a second Adapter that listens on a port of the same address.",
  "sensitivity/not-minimised":
    "Refuses an Adapter that accepts a field above its clearance of which the contract does not say what it gets.",
  "baseline/tls": "Refuses an Adapter that is connected with the world without TLS where its class requires it.",
  "baseline/owner": "Refuses an Adapter whose owner has no address where its class requires one.",
  "baseline/naming": "Refuses an Adapter whose name or labels are not as its class requires them.",
  "baseline/service-level": "Refuses an Adapter whose service level is none of those that its class lists.",
  "baseline/falls-outside": "Warns who changes a class of the Adapters that come to be outside the baseline by it.",
};
