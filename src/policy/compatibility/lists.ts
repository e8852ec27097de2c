import { asking, type Difference, under } from "./difference.ts";
import type { Part } from "./document.ts";
import { least, most } from "./scalars.ts";
import type { Meeting, Walk } from "./walk.ts";

export function listDifferences(meeting: Meeting, walk: Walk): Difference[] {
  const { writer, reader, certain } = meeting;
  const { minItems, maxItems, uniqueItems } = reader;
  const longest = longestOf(writer);
  const differences: Difference[] = [];
  if (typeof minItems === "number" && minItems > least(writer, "minItems"))
    differences.push(asking(`minItems ${minItems}`, certain));
  if (typeof maxItems === "number" && maxItems < longest) differences.push(asking(`maxItems ${maxItems}`, certain));
  if (uniqueItems === true && longest > 1 && !writer.some((part) => part["uniqueItems"] === true))
    differences.push(asking("uniqueItems", certain));
  return [...differences, ...itemDifferences(meeting, longest, walk)];
}

/** Where no item is granted after those with a schema of their own, lists end there. */
const longestOf = (parts: readonly Part[]): number =>
  Math.min(
    most(parts, "maxItems"),
    ...parts.map((part) => (part["items"] === false ? prefixOf(part).length : Infinity)),
  );

function itemDifferences({ writer, reader, certain }: Meeting, longest: number, walk: Walk): Difference[] {
  if (reader["items"] === undefined && reader["prefixItems"] === undefined) return [];
  const places = Math.max(...[...writer, reader].map((part) => prefixOf(part).length));
  const at = (place: string, index: number) =>
    under(
      place,
      walk.differences(
        writer.map((part) => itemOf(part, index)),
        [itemOf(reader, index)],
        certain,
      ),
    );
  const first = Array.from({ length: Math.min(places, longest) }, (_, index) => at(String(index), index));
  return [...first.flat(), ...(longest > places ? at("*", places) : [])];
}

const prefixOf = ({ prefixItems }: Part): readonly unknown[] => (Array.isArray(prefixItems) ? prefixItems : []);

const itemOf = (part: Part, index: number): unknown => {
  const prefix = prefixOf(part);
  return index < prefix.length ? prefix[index] : (part["items"] ?? true);
};
