import type { Secrets, TargetDeps } from "../adapters/adapter.ts";
import type { Clock } from "../base/clock.ts";
import type { HashKey } from "../base/hash.ts";
import type { AdapterName } from "../compile/names.ts";
import type { Hub } from "../jetstream/hub.ts";
import type { Health } from "../telemetry/health.ts";
import type { Log } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/** Keys of an installation; the same for all its adapters, so that their hashes can be compared. */
export interface Keys {
  /** Message ids, ordering keys, payload hashes. */
  hash: HashKey;
  /** Ids of FHIR resources; never rotated. */
  resourceId: Uint8Array;
  /** Tokens in place of sensitive values. */
  token: HashKey;
}

/** What every part of a running adapter is given. */
export interface Deps {
  adapter: AdapterName;
  hub: Hub;
  keys: Keys;
  secrets: Secrets;
  clock: Clock;
  /** Uniform in [0, 1). */
  random: () => number;
  log: Log;
  metrics: Metrics;
  health: Health;
  proxyFor?: TargetDeps["proxyFor"];
}
