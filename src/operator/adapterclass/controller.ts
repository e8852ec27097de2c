import { ADAPTER_CLASSES } from "../kinds.ts";
import type { WorldReader } from "../admission/world.ts";
import type { Cache } from "../manager/cache.ts";
import type { Controller, ControllerDeps } from "../manager/controller.ts";
import { keyOf } from "../kube/resource.ts";
import { mapped, specChanged, together } from "../manager/watches.ts";
import type { ProgramState } from "../program/state.ts";
import { reportController } from "../report/controller.ts";
import type { ServedObject, Teller } from "../report/write.ts";
import { adapterClassVerdicts } from "../status/adapterclass.ts";

export interface AdapterClassParts {
  teller: Teller;
  adapterClasses: Cache<ServedObject>;
  adapters: Cache<ServedObject>;
  reader: WorldReader;
  state: ProgramState;
}

/** Adapters that are applied together are looked through once. */
const TOGETHER_MS = 200;

/** Says of each AdapterClass how many Adapters it holds for, and which of them fall outside it. */
export function adapterClassController(parts: AdapterClassParts, deps: ControllerDeps): Controller {
  const { teller, adapterClasses, adapters, reader, state } = parts;
  const verdictsOf = (object: ServedObject) =>
    adapterClassVerdicts({
      name: object.metadata.name,
      invalid: state.invalid(object),
      world: reader.world({ adapterClasses: adapterClasses.list(), adapters: adapters.list() }),
    });
  // Which class holds for an Adapter depends on all of them.
  const everyClass = () => adapterClasses.list().map(({ metadata }) => keyOf(metadata));
  const watches = [adapters, adapterClasses].map((cache) =>
    together(mapped(cache, everyClass, { when: specChanged }), TOGETHER_MS, deps.clock),
  );
  return reportController({ teller, type: ADAPTER_CLASSES, cache: adapterClasses, state, verdictsOf, watches }, deps);
}
