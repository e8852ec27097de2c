/** Sets an element only where there is a value: FHIR knows no empty elements, and JSON no undefined ones. */
export function put<T, K extends keyof T>(target: T, key: K, value: T[K] | undefined): void {
  if (value !== undefined) target[key] = value;
}

/** FHIR knows no empty lists either. */
export function filled<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined;
}
