import { type ControlPlane, startControlPlane } from "../../hack/cluster/controlplane.ts";
import type { Identities } from "../../hack/cluster/servers.ts";
import { applyCrds } from "./api.ts";
import { type Connection, connect } from "./manager/rig.ts";

/** A real API server, and the operator's client to it as administrator. */
export interface Api extends Connection {
  controlPlane: ControlPlane;
  stop(): Promise<void>;
}

export interface ApiOptions {
  identities?: Identities;
  /** Further flags of the API server. */
  flags?: string[];
  /** Whether it serves our kinds at once; false where the chart brings them, or nobody asks for them. */
  crds?: boolean;
}

export async function startApi({ identities, flags, crds = true }: ApiOptions = {}): Promise<Api> {
  const controlPlane = await startControlPlane(identities, flags);
  const connection = connect(controlPlane);
  const stop = async () => {
    await connection.access.close();
    await controlPlane.stop();
  };
  try {
    if (crds) await applyCrds(controlPlane.client("admin"));
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...connection, controlPlane, stop };
}
