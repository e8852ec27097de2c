import { contentHash } from "../../base/hash.ts";
import { FIELD_MANAGER } from "../kube/client.ts";
import type { KubeObject } from "../kube/resource.ts";
import type { WorkloadObject } from "../workload/object.ts";
import { amountsInNumbers } from "./amounts.ts";

/** A set of fields as `managedFields` has it (FieldsV1): `f:<name>`, `k:<keys of a list's item>`, `v:<value>`, `.` itself. */
type Fields = Record<string, unknown>;

interface ManagedFields {
  manager?: string;
  operation?: string;
  subresource?: string;
  fieldsV1?: Fields;
}

/**
 * Hash of what the operator, this process or one before it, applied last and nobody has changed since, as the API server
 * has it: `wantedHash` of that, unless the API server made something else of it. Who changes a field by any other means
 * takes it from us in `managedFields`. Undefined where nothing is ours.
 */
export function oursHash(object: KubeObject): string | undefined {
  const fields = (object.metadata.managedFields as ManagedFields[] | undefined)?.find(isOurs)?.fieldsV1;
  return fields && contentHash(amountsInNumbers(part(object, fields)));
}

/** Hash of what is to be ours of an object that is applied. */
export function wantedHash(object: WorkloadObject): string {
  const { apiVersion: _version, kind: _kind, metadata, ...content } = object;
  const { name: _name, namespace: _namespace, ...ours } = metadata;
  return contentHash(amountsInNumbers({ ...content, metadata: ours }));
}

const isOurs = ({ manager, operation, subresource = "" }: ManagedFields): boolean =>
  manager === FIELD_MANAGER && operation === "Apply" && subresource === "";

/** Of `value` what `fields` names; a field that names nothing within itself is meant as a whole. */
function part(value: unknown, fields: Fields): unknown {
  const names = Object.keys(fields).filter((name) => name !== ".");
  if (names.length === 0 || typeof value !== "object" || value === null) return value;
  return Array.isArray(value) ? itemsOf(value, fields) : membersOf(value as Record<string, unknown>, fields, names);
}

function membersOf(value: Record<string, unknown>, fields: Fields, names: string[]): Record<string, unknown> {
  const members = names.map((field) => [field.slice("f:".length), fields[field]] as const);
  return Object.fromEntries(
    members.filter(([name]) => name in value).map(([name, within]) => [name, part(value[name], within as Fields)]),
  );
}

function itemsOf(items: unknown[], fields: Fields): unknown[] {
  const owned = Object.entries(fields).map(([field, within]) => ({ is: itemOf(field), within: within as Fields }));
  return items.flatMap((item) => {
    const mine = owned.find(({ is }) => is(item));
    return mine ? [part(item, mine.within)] : [];
  });
}

/** Whether an item of a list is the one that `field` names: by its keys, or by its value. */
function itemOf(field: string): (item: unknown) => boolean {
  if (field === ".") return () => false;
  const named: unknown = JSON.parse(field.slice("k:".length));
  if (field.startsWith("v:")) return (item) => item === named;
  const keys = Object.entries(named as Record<string, unknown>);
  return (item) => keys.every(([key, value]) => (item as Record<string, unknown>)[key] === value);
}
