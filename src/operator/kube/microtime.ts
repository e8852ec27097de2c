/** `metav1.MicroTime`, as Leases and Events demand it: six fractional digits. `ms` since the epoch. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}
