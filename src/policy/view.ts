import { FIELDS } from "../compile/resources.ts";
import type { Resource, World } from "./rule.ts";

/** `world` with those resources of `kind` alone that `keep` holds for. What a rule never looks at is not gone through. */
export function narrowed(world: World, kind: Resource["kind"], keep: (resource: Resource) => boolean): World {
  const field = FIELDS[kind];
  let kept: readonly Resource[] | undefined;
  const get = () => (kept ??= (world[field] as Resource[]).filter(keep));
  return Object.defineProperty({ ...world }, field, { enumerable: true, get });
}

/** Whether two resources of one kind have one name. */
export const isSame = ({ metadata: a }: Resource, { metadata: b }: Resource): boolean =>
  a.name === b.name && a.namespace === b.namespace;
