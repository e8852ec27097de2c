/** What makes something when it is first asked for, and gives the same from then on. */
export function onlyOnce<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
