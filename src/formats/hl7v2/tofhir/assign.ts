/** Sets an element only where there is a value: FHIR knows no empty elements, and JSON no undefined ones. */
export function put<T, K extends keyof T>(target: T, key: K, value: T[K] | undefined): void {
  if (value !== undefined) target[key] = value;
}

/** FHIR knows no empty lists either. */
export function filled<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined;
}

/** What `make` has for each value, without those it has nothing for. */
export function collect<T, R>(values: readonly T[], make: (value: T) => R | undefined): R[] {
  const result: R[] = [];
  for (const value of values) {
    const made = make(value);
    if (made !== undefined) result.push(made);
  }
  return result;
}
