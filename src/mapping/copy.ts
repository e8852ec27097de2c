/** A deep copy of plain JSON. Keys stay what they are: `__proto__` in a payload is a member, never the prototype. */
export function copyJson<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  return (Array.isArray(value) ? value.map(copyJson) : copyObject(value as Record<string, unknown>)) as T;
}

function copyObject(object: Record<string, unknown>): Record<string, unknown> {
  const copy = { ...object };
  for (const key of Object.keys(copy)) {
    const value = copy[key];
    if (typeof value === "object" && value !== null) setMember(copy, key, copyJson(value));
  }
  return copy;
}

/** `object[key] = value` that never reaches a setter of the prototype. */
export function setMember(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") object[key] = value;
  else Object.defineProperty(object, key, { value, configurable: true, enumerable: true, writable: true });
}
