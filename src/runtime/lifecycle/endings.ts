import { type AdapterConfig, type Extension, type RouteConfig, contractKey } from "../../compile/config.ts";
import type { ContractVersionSpec } from "../../api/contractversion.ts";
import { heldFrom, loudFrom, passageAt } from "../../policy/lifecycle/passage.ts";
import { millisOf, phaseAt } from "../../policy/lifecycle/phase.ts";
import { heldText, noticeOf } from "../../policy/lifecycle/use.ts";

/** What keeps messages waiting from some time on. */
export interface Hold {
  /** Milliseconds since the epoch; infinite: nothing ever does. Asked of each message. */
  readonly from: number;
  /** At `now`, later than `from`: what has ended when, and the way out. */
  reason(now: number): string;
}

/** A contract version past its end that an adapter uses all the same. */
export interface Ending {
  contract: string;
  version: string;
  /** Whose route delivers in it; undefined: the adapter's source emits it. */
  integration: string | undefined;
  /** `Loud`: messages pass. `Held`: they wait, in order. */
  passage: "Loud" | "Held";
  /** What has ended when, and the way out. */
  reason: string;
}

type Config = Pick<AdapterConfig, "contracts" | "extensions">;

/** A contract version in one use, until when exceptions let it go on there. */
interface Used {
  spec: ContractVersionSpec;
  integration: string | undefined;
  extendedUntil: number;
}

/** An original may become any of what is emitted: whichever version ends first keeps all of them. */
export const emitHold = (config: Config & Pick<AdapterConfig, "emits">): Hold => holdOf(emitted(config));

/**
 * What keeps a route's messages: the versions that it delivers and replies in. Not the one that a message itself was
 * published in: that happened in time, and whoever has moved to another version gets it translated.
 */
export const routeHold = (config: Config, route: RouteConfig): Hold => holdOf(delivered(config, route));

/** Everything that this adapter uses past its end at `now`, milliseconds since the epoch. */
export function endingsOf(config: Config & Pick<AdapterConfig, "emits" | "routes">, now: number): Ending[] {
  return everyUse(config).flatMap(({ spec, integration, extendedUntil }): Ending[] => {
    const passage = passageAt(spec, now, extendedUntil);
    if (passage === "Open") return [];
    const phase = phaseAt(spec.lifecycle, now);
    const reason = passage === "Held" ? heldText(spec, phase) : noticeOf(spec, phase);
    return [{ contract: spec.contract, version: spec.version, integration, passage, reason }];
  });
}

/** When `endingsOf` says something else by itself for the first time after `now`; infinite: never. */
export const nextEnding = (config: Config & Pick<AdapterConfig, "emits" | "routes">, now: number): number =>
  Math.min(
    ...everyUse(config)
      .flatMap(({ spec, extendedUntil }) => [
        loudFrom(spec),
        heldFrom(spec, extendedUntil),
        millisOf(spec.lifecycle?.retiredOn),
      ])
      .filter((at) => at > now),
  );

function holdOf(used: readonly Used[]): Hold {
  const holds = used.map(({ spec, extendedUntil }) => ({ spec, from: heldFrom(spec, extendedUntil) }));
  const first = holds.toSorted((a, b) => a.from - b.from)[0];
  if (first === undefined) return { from: Number.POSITIVE_INFINITY, reason: () => "" };
  return { from: first.from, reason: (now) => heldText(first.spec, phaseAt(first.spec.lifecycle, now)) };
}

const everyUse = (config: Config & Pick<AdapterConfig, "emits" | "routes">): Used[] => [
  ...emitted(config),
  ...config.routes.flatMap((route) => delivered(config, route)),
];

const emitted = (config: Config & Pick<AdapterConfig, "emits">): Used[] =>
  config.emits.flatMap(({ contract, version }) => useOf(config, contract, version));

function delivered(config: Config, { integration, accepts, reply }: RouteConfig): Used[] {
  return [accepts, ...(reply ? [reply] : [])].flatMap(({ contract, version }) =>
    useOf(config, contract, version, integration),
  );
}

function useOf(
  { contracts, extensions = [] }: Config,
  contract: string,
  version: string,
  integration?: string,
): Used[] {
  const key = contractKey(contract, version);
  const spec = contracts[key];
  if (spec === undefined) return [];
  const applies = (each: Extension): boolean =>
    (each.contract ?? key) === key && (each.integration ?? integration) === integration;
  const extendedUntil = Math.max(0, ...extensions.filter(applies).map(({ until }) => until));
  return [{ spec, integration, extendedUntil }];
}
