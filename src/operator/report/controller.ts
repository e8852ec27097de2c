import type { ResourceType } from "../kube/resource.ts";
import type { Cache } from "../manager/cache.ts";
import { Controller, type ControllerDeps, type Result } from "../manager/controller.ts";
import { type Watch, own, specChanged } from "../manager/watches.ts";
import type { ProgramState } from "../program/state.ts";
import type { Verdicts } from "../status/conditions.ts";
import { type ServedObject, type Teller, writeStatus } from "./write.ts";

export interface ReportParts<T extends ServedObject> {
  teller: Teller;
  type: ResourceType;
  cache: Cache<T>;
  state: ProgramState;
  /** What else its conditions depend on. */
  watches?: readonly Watch[];
  /** What is done with the resource before anything is said of it. False: it is about to be gone. */
  before?(object: T): Promise<boolean>;
  /** Every condition of the resource. */
  verdictsOf(object: T): Verdicts;
  /** What else there is to say of it at `now`. */
  also?(object: T, now: number): Also;
}

export interface Also {
  /** Fields of status beside the conditions. */
  status: Record<string, unknown>;
  /** What others are told once that is written. */
  tell?: () => void;
  /** After which it is another, though nothing changes, milliseconds. */
  againAfterMs?: number | undefined;
}

/** Says in the status of each resource of a kind what came of it, where nothing else is to be made of it. */
export function reportController<T extends ServedObject>(parts: ReportParts<T>, deps: ControllerDeps): Controller {
  const { teller, type, cache, state, verdictsOf, before = () => Promise.resolve(true), also } = parts;
  const watches = [own(cache, { when: specChanged }), state.watch(cache), ...(parts.watches ?? [])];
  const reconcile = async (key: string): Promise<Result> => {
    const object = cache.get(key);
    if (!object || !(await before(object)) || !state.isKnown) return {};
    const now = deps.clock.now();
    const { status, tell, againAfterMs } = also?.(object, now) ?? { status: {} };
    await writeStatus(teller, type, object, verdictsOf(object), status, now);
    tell?.();
    return againAfterMs === undefined ? {} : { requeueAfterMs: againAfterMs };
  };
  return new Controller({ name: type.kind.toLowerCase(), watches, reconcile }, deps);
}
