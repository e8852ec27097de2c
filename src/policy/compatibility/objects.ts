import { asking, type Difference, under } from "./difference.ts";
import { isObject, own, type Part } from "./document.ts";
import { least, most } from "./scalars.ts";
import type { Meeting, Walk } from "./walk.ts";

/**
 * What a schema does not declare it does not promise: a property that only the reader's schema declares is not looked
 * for in what the writer's schema leaves open.
 */
export function objectDifferences(meeting: Meeting, walk: Walk): Difference[] {
  return [
    ...requiredDifferences(meeting),
    ...sizeDifferences(meeting),
    ...declaredDifferences(meeting, walk),
    ...undeclaredDifferences(meeting, walk),
    ...otherDifferences(meeting, walk),
  ];
}

function requiredDifferences({ writer, reader, certain }: Meeting): Difference[] {
  const granted = new Set(writer.flatMap(requiredBy));
  return requiredBy(reader)
    .filter((name) => !granted.has(name))
    .map((name) => asking("required", certain, [name]));
}

export const requiredBy = ({ required }: Part): readonly string[] =>
  Array.isArray(required) ? (required as string[]) : [];

function sizeDifferences({ writer, reader, certain }: Meeting): Difference[] {
  const { minProperties, maxProperties } = reader;
  const differences: Difference[] = [];
  const fewest = Math.max(least(writer, "minProperties"), new Set(writer.flatMap(requiredBy)).size);
  if (typeof minProperties === "number" && minProperties > fewest)
    differences.push(asking(`minProperties ${minProperties}`, certain));
  const closed = writer.filter((part) => part["additionalProperties"] === false && !hasPatterns(part));
  const largest = Math.min(most(writer, "maxProperties"), ...closed.map((part) => namesIn(part).length));
  if (typeof maxProperties === "number" && maxProperties < largest)
    differences.push(asking(`maxProperties ${maxProperties}`, certain));
  return differences;
}

/** Properties that the reader's schema declares. */
function declaredDifferences({ writer, reader, certain }: Meeting, walk: Walk): Difference[] {
  return namesIn(reader).flatMap((name) => {
    walk.budget.spend(writer.length);
    const declared = writer.map((part) => declaredIn(part, name)).filter((schema) => schema !== undefined);
    if (declared.length === 0) return [];
    return under(name, walk.differences(declared, [own(propertiesOf(reader), name)], certain));
  });
}

/** Properties that the writer's schema declares and the reader's does not: they are among its additional ones. */
function undeclaredDifferences({ writer, reader, certain }: Meeting, walk: Walk): Difference[] {
  const { additionalProperties } = reader;
  if (isOpen(additionalProperties)) return [];
  const known = new Set(namesIn(reader));
  const names = new Set(writer.flatMap(namesIn).filter((name) => !known.has(name)));
  return [...names].flatMap((name) => {
    walk.budget.spend(writer.length);
    const declared = writer.map((part) => declaredIn(part, name)).filter((schema) => schema !== undefined);
    return under(name, walk.differences(declared, [additionalProperties], certain && !hasPatterns(reader)));
  });
}

/** Properties that neither declares. */
function otherDifferences({ writer, reader, certain }: Meeting, walk: Walk): Difference[] {
  const { additionalProperties } = reader;
  if (isOpen(additionalProperties)) return [];
  const others = writer.map((part) => part["additionalProperties"] ?? true);
  return under("*", walk.differences(others, [additionalProperties], certain && !hasPatterns(reader)));
}

/** What `part` says of a property: by name, or as one of its additional ones; undefined where it says nothing. */
function declaredIn(part: Part, name: string): unknown {
  const schema = own(propertiesOf(part), name);
  if (schema !== undefined) return schema;
  const { additionalProperties } = part;
  return isOpen(additionalProperties) || hasPatterns(part) ? undefined : additionalProperties;
}

const isOpen = (additional: unknown): boolean => additional === undefined || additional === true;
export const propertiesOf = ({ properties }: Part): Part => (isObject(properties) ? properties : {});
const namesIn = (part: Part): string[] => Object.keys(propertiesOf(part));
const hasPatterns = ({ patternProperties }: Part): boolean =>
  isObject(patternProperties) && Object.keys(patternProperties).length > 0;
