/** What one schema asks of a value and the other does not grant. */
export interface Difference {
  /** Names and indexes that lead to the value; `*` stands for all others. */
  path: readonly string[];
  /** What is asked for, e.g. `required` or `maxLength 5`. */
  asks: string;
  /** False where it cannot be told whether any value that the other schema grants lacks it. */
  certain: boolean;
}

/** What it may cost to compare two schemas, in looks at a part of either: about a tenth of a second. */
const MAX_LOOKS = 250_000;

/** What it costs to compare two parts that differ, in looks. */
export const MEETING = 50;

/** Thrown when a comparison would cost more. */
export class TooLarge extends Error {}

export class Budget {
  #left = MAX_LOOKS;

  readonly spend = (looks = 1): void => {
    this.#left -= looks;
    if (this.#left < 0) throw new TooLarge("the schemas are too large to be compared");
  };
}

const MAX_PLACE = 80;

/** `/ward/beds/*`, as a JSON Pointer, cut short. */
export function placeOf({ path }: Difference): string {
  const place = path.map((name) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  return place.length > MAX_PLACE ? `${place.slice(0, MAX_PLACE)}…` : place || "/";
}

export const asking = (asks: string, certain: boolean, path: readonly string[] = []): Difference => ({
  path,
  asks,
  certain,
});

export const under = (name: string, differences: readonly Difference[]): Difference[] =>
  differences.map((difference) => ({ ...difference, path: [name, ...difference.path] }));

/** Each place and wish once; certain where one of its kind is. */
export function distinct(differences: readonly Difference[]): Difference[] {
  const byText = new Map<string, Difference>();
  for (const difference of differences) {
    const key = JSON.stringify([difference.path, difference.asks]);
    if (difference.certain || !byText.has(key)) byText.set(key, difference);
  }
  return [...byText.values()];
}
