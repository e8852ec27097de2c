import { type AdapterName, adapterServedBy, parseHubRef } from "../../compile/names.ts";
import type { Happening } from "../kube/events.ts";

/**
 * What was put right in the hub (streams, and consumers by `consumerRef`), by the Adapter that it is there for. What
 * is there for all of them is nobody's event.
 */
export function mendedByAdapter(names: readonly string[]): { adapter: AdapterName; happening: Happening }[] {
  return names.flatMap((name) => {
    const adapter = adapterServedBy(name);
    const what = parseHubRef(name).consumer === undefined ? "Stream" : "Consumer";
    const note = `${what} ${name} was deleted or changed by somebody and is as planned again`;
    return adapter
      ? [{ adapter, happening: { type: "Warning", reason: "DriftRepaired", action: "Program", note } }]
      : [];
  });
}
