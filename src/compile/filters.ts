/**
 * Reduces subject filters to a set in which no two overlap, since the server refuses a consumer whose filters do
 * (error 10138). The result covers at least what the input covers: what is too much is sorted out where routes are
 * matched. Filters all have the same number of tokens and use `*` only.
 */
export function nonOverlapping(filters: string[]): string[] {
  const result: string[][] = [];
  for (const filter of filters) {
    let merged = filter.split(".");
    for (let i = result.findIndex((r) => overlap(r, merged)); i >= 0; i = result.findIndex((r) => overlap(r, merged))) {
      const [other] = result.splice(i, 1);
      merged = merged.map((token, t) => (token === other?.[t] ? token : "*"));
    }
    result.push(merged);
  }
  return result.map((tokens) => tokens.join(".")).sort();
}

const overlap = (a: string[], b: string[]): boolean =>
  a.every((token, i) => token === b[i] || token === "*" || b[i] === "*");
