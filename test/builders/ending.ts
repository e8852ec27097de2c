import type { AdapterConfig } from "../../src/compile/config.ts";

export const DAY_MS = 86_400_000;

/**
 * `config` where contract version `key` (`note@1.0.0`) is deprecated and at its sunset at `sunset` (milliseconds since
 * the epoch), which blocks; `until`: an exception lets it go on until then.
 */
export function ending(config: AdapterConfig, key: string, sunset: number, until?: number): AdapterConfig {
  const spec = config.contracts[key];
  if (!spec) throw new Error(`there is no ${key}`);
  const lifecycle = {
    publishedOn: new Date(sunset - 200 * DAY_MS).toISOString(),
    deprecatedOn: new Date(sunset - 100 * DAY_MS).toISOString(),
    sunsetOn: new Date(sunset).toISOString(),
  };
  return {
    ...config,
    revision: `ending-${until ?? 0}`,
    contracts: { ...config.contracts, [key]: { ...spec, afterSunset: "Block", lifecycle } },
    extensions: until === undefined ? [] : [{ exception: "default/late", until }],
  };
}
