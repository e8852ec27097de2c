import { setTimeout as pause } from "node:timers/promises";
import type { OperatorRig } from "../../cluster/operator/rig.ts";
import { apiWrites, hubWrites } from "./writes.ts";

const QUIET_MS = 5_000;

/** Resolves when nobody has written anything for a while. */
export async function quiet(rig: OperatorRig): Promise<void> {
  const count = async () => (await apiWrites(rig.api.controlPlane)) + (await hubWrites(rig.nats));
  for (let before = -1, now = await count(); before !== now;) {
    before = now;
    await pause(QUIET_MS);
    now = await count();
  }
}
