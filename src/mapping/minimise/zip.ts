/**
 * Areas of 20,000 people or fewer by the first three digits of their ZIP codes: of the Census of 2000, as HHS lists them
 * (Guidance Regarding Methods for De-identification of Protected Health Information, 26 November 2012), and of that of 2010.
 */
const FEW_PEOPLE = new Set("036 059 063 102 203 205 369 556 692 790 821 823 830 831 878 879 884 890 893".split(" "));

const ZIP = /^([0-9]{3})[0-9]{2}(?:-?[0-9]{4})?$/;

/** `100` of `10001` and `10001-1234`, `000` where few people live; undefined for what is no ZIP code. */
export function zip3(text: string): string | undefined {
  const area = ZIP.exec(text)?.[1];
  return area !== undefined && FEW_PEOPLE.has(area) ? "000" : area;
}
