import { KINDS } from "../../api/kinds.ts";
import { type Resource, type Resources, everyOne } from "../../compile/resources.ts";
import type { Standing } from "../../jetstream/standing.ts";
import { readResource } from "../admission/resource.ts";
import { record } from "../admission/review.ts";
import { resourceId } from "./concerns.ts";

/** What names a resource. */
interface Named {
  kind: string;
  metadata: Resource["metadata"];
}

/**
 * What is in effect under each name, which need not be what the API server has: what is denied, or wrong in itself, has
 * replaced nothing. It is as old as the first programming of the hub, which keeps it for the next process.
 */
export class Memory {
  readonly #known = new Map<string, Resource>();
  /** What a process before this one has left, as it wrote it: an older schema may have let it pass. */
  readonly #recalled: Map<string, Resource>;

  /** `texts`: of `standing`, from a process before this one. */
  constructor(texts: readonly string[] = []) {
    this.#recalled = new Map(texts.flatMap(parsed).map((resource) => [idOf(resource), resource]));
  }

  /** What is in effect under the name of `resource`; not of one that was made anew under the name. */
  before(resource: Named): Resource | undefined {
    const id = idOf(resource);
    const recalled = this.#recalled.get(id);
    if (recalled !== undefined && isOne(recalled, resource)) this.#read(recalled);
    const before = this.#known.get(id);
    return before !== undefined && isOne(before, resource) ? before : undefined;
  }

  /**
   * Whether `resource` as it stands is in effect; undefined where it can't be told. A version before this one, which wrote
   * nothing, may have let it take effect after what is recalled.
   */
  isInEffect(resource: Resource): boolean | undefined {
    const known = this.#known.get(idOf(resource));
    if (known !== undefined) return isSame(known, resource);
    const recalled = this.#recalled.get(idOf(resource));
    return recalled !== undefined && isSame(recalled, resource) ? true : undefined;
  }

  /** Of `resources`, which are all that there are, those that `isInEffect` holds for are from now on. */
  remember(resources: Resources, isInEffect: (resource: Resource) => boolean): void {
    const all = everyOne(resources);
    const present = new Set(all.map(idOf));
    for (const known of [this.#known, this.#recalled])
      for (const id of known.keys()) if (!present.has(id)) known.delete(id);
    for (const resource of all) {
      if (!isInEffect(resource)) continue;
      this.#known.set(idOf(resource), resource);
      this.#recalled.delete(idOf(resource));
    }
  }

  /** All of it, for the next process. */
  standing(): Standing[] {
    return [...new Map([...this.#known, ...this.#recalled])].map(([id, resource]) => ({
      id,
      revision: `${String(resource.metadata["uid"])} ${String(resource.metadata["generation"])}`,
      text: () => textOf(resource),
    }));
  }

  #read(recalled: Resource): void {
    const kind = KINDS.find((each) => each.kind === recalled.kind);
    const resource = kind && readResource(kind, recalled).resource;
    this.#recalled.delete(idOf(recalled));
    if (resource !== undefined) this.#known.set(idOf(recalled), resource);
  }
}

/** Not one that was made anew under the name. */
const isOne = (before: Resource, { metadata }: Named): boolean => before.metadata["uid"] === metadata["uid"];

const isSame = (before: Resource, resource: Resource): boolean =>
  isOne(before, resource) && before.metadata["generation"] === resource.metadata["generation"];

export const idOf = ({ kind, metadata }: Named): string => resourceId(kind, metadata);

/** None of what is damaged; the rest is looked at before it is used. */
function parsed(text: string): Resource[] {
  try {
    const resource: unknown = JSON.parse(text);
    return typeof record(record(resource)["metadata"])["name"] === "string" ? [resource as Resource] : [];
  } catch {
    return [];
  }
}

/** Others' annotations and managed fields are nobody's memory. */
function textOf({ metadata, ...resource }: Resource): string {
  const { name, namespace, uid, generation, creationTimestamp } = metadata;
  return JSON.stringify({ ...resource, metadata: { name, namespace, uid, generation, creationTimestamp } });
}
