import semver from "semver";
import type { ContractVersionSpec } from "../../api/contractversion.ts";
import { FasciaError } from "../../base/errors.ts";
import { keyedHash } from "../../base/hash.ts";
import { type AdapterConfig, type RouteConfig, contractKey } from "../../compile/config.ts";
import { fromFhir } from "../../formats/hl7v2/fromfhir/index.ts";
import { type Message, fromSegmentsJson } from "../../formats/hl7v2/message.ts";
import type { Expression } from "../../mapping/expression.ts";
import { tokenMaker } from "../../mapping/minimise/token.ts";
import { compileNamed } from "../../mapping/named.ts";
import { planTranslation } from "../../mapping/translate.ts";
import { type DeclaredStep, visibleAfter } from "../../mapping/visible.ts";
import type { Deps } from "../deps.ts";
import { type Hold, routeHold } from "../lifecycle/endings.ts";
import type { Meta } from "../../jetstream/headers.ts";
import type { OwnershipPlan } from "../../mapping/ownership.ts";
import { Writers } from "./writers.ts";

/** What one route makes of one message. */
export type Rendered =
  | { kind: "send"; payload: unknown; idempotencyKey: string; owned?: OwnershipPlan }
  /** The route does not want this message. */
  | { kind: "skip"; rule: string }
  /** Not known yet: the configuration that explains it may be on its way. `bounded`: it may be gone for good as well. */
  | { kind: "wait"; reason: string; bounded?: true };

/** One Integration's way to this target, compiled once for each configuration. Errors of `render` are FasciaErrors. */
export class Route {
  readonly config: RouteConfig;
  /** From when on nothing is delivered. */
  readonly hold: Hold;
  readonly #deps: Pick<Deps, "keys">;
  readonly #adapter: AdapterConfig;
  readonly #filter: Expression | undefined;
  readonly #when: Expression | undefined;
  readonly #map: Expression | undefined;
  readonly #jsonata: Expression | undefined;
  readonly #replyMap: Expression | undefined;
  readonly #writers: Writers | undefined;

  /** Throws FasciaError when an expression does not compile. */
  constructor(config: RouteConfig, adapter: AdapterConfig, deps: Pick<Deps, "keys">) {
    const compile = (source: string | undefined, place: string) =>
      source === undefined ? undefined : compileNamed(source, place);
    this.config = config;
    this.hold = routeHold(adapter, config);
    this.#deps = deps;
    this.#adapter = adapter;
    this.#filter = compile(config.filter, "spec.event.filter");
    this.#when = compile(config.when, "spec.event.to.when");
    this.#map = compile(config.map, "spec.event.to.map");
    this.#jsonata = compile(config.accepts.mapping?.jsonata, `spec.accepts mapping of ${config.contract}`);
    this.#replyMap = compile(config.reply?.map, "spec.event.to.reply.map");
    this.#writers = adapter.ownership?.written && new Writers(adapter.ownership.written);
  }

  /** Whether the message is one of those the route subscribes to, by its headers alone. */
  matches(meta: Meta): boolean {
    const { contract, range, adapters, events } = this.config;
    if (meta.contract !== contract || !semver.satisfies(meta.version, range)) return false;
    const [namespace, adapter] = meta.source.split("/");
    if (namespace !== this.#adapter.namespace) return false;
    if (adapters && !adapters.includes(adapter ?? "")) return false;
    return !events || events.includes(meta.event);
  }

  /** filter → minimise → translate, minimise by what it is now → map → the target's dialect. */
  async render(meta: Meta, original: unknown): Promise<Rendered> {
    const bindings = { message: bindingsOf(meta) };
    if (this.#filter && !(await isTrue(this.#filter, original, bindings)))
      return { kind: "skip", rule: "spec.event.filter" };
    const contract = this.#adapter.contracts[contractKey(meta.contract, meta.version)];
    if (contract === undefined) {
      return { kind: "wait", reason: `ContractVersion ${meta.contract}-v${meta.version} is not known to this adapter` };
    }
    const substitutes = { token: tokenMaker(this.#deps.keys.token), at: meta.receivedAt };
    const steps = this.#stepsFrom(contract);
    const visible = await visibleAfter(original, contract, steps, this.#adapter.spec.clearance, substitutes);
    if (this.#when && !(await isTrue(this.#when, visible, bindings)))
      return { kind: "skip", rule: "spec.event.to.when" };
    const mapped = this.#map ? await this.#map.evaluate(visible, bindings) : visible;
    const idempotencyKey = this.idempotencyKey(meta);
    const payload = await this.#toDialect(mapped, meta, idempotencyKey, bindings);
    return this.#owned({ kind: "send", payload, idempotencyKey }, meta.source);
  }

  /** With what the message's source owns of it, where anybody owns any. */
  #owned(rendered: Extract<Rendered, { kind: "send" }>, source: string): Rendered {
    if (this.#writers?.concerns(rendered.payload) !== true) return rendered;
    const owned = this.#writers.planOf(source);
    if (owned !== undefined) return { ...rendered, owned };
    const reason = `which system Adapter ${source} acts as, and so what it owns of what it says, is not known to this adapter`;
    return { kind: "wait", reason, bounded: true };
  }

  idempotencyKey(meta: Meta): string {
    const { namespace, name } = this.#adapter;
    return keyedHash(this.#deps.keys.hash, "delivery", meta.messageId, this.config.integration, `${namespace}/${name}`);
  }

  /** The payload that the target's reply becomes. */
  reply(meta: Meta, reply: unknown): Promise<unknown> {
    return this.#replyMap ? this.#replyMap.evaluate(reply, { message: bindingsOf(meta) }) : Promise.resolve(reply);
  }

  /** To the version that the target accepts. */
  #stepsFrom({ contract, version: from }: ContractVersionSpec): DeclaredStep[] {
    const { version: to } = this.config.accepts;
    if (from === to) return [];
    const declared = (version: string) => this.#adapter.contracts[contractKey(contract, version)];
    // What nobody declares could hold anything: it goes to no target.
    if (declared(to) === undefined)
      throw new FasciaError("ContractMissing", `ContractVersion ${contract}-v${to} is not part of the configuration`);
    const steps = planTranslation(Object.values(this.#adapter.contracts), contract, from, to);
    if (steps) return steps.map((step) => ({ ...step, contract: declared(step.version) }));
    throw new FasciaError(
      "NoTranslation",
      `no translation leads from ${contract} ${from} to ${to}, which this adapter accepts; declare one in spec.translations of a ContractVersion`,
    );
  }

  async #toDialect(
    payload: unknown,
    meta: Meta,
    idempotencyKey: string,
    bindings: Record<string, unknown>,
  ): Promise<unknown> {
    const mapping = this.config.accepts.mapping;
    const context = { controlId: controlIdOf(idempotencyKey), event: meta.event, now: new Date(meta.receivedAt) };
    if (mapping?.fhirToHl7v2) return this.#encode(fromFhir(payload, mapping.fhirToHl7v2, context));
    const mapped = this.#jsonata ? await this.#jsonata.evaluate(payload, bindings) : payload;
    if (mapped === undefined || mapped === null) {
      throw new FasciaError(
        "EmptyMapping",
        `spec.accepts mapping of ${meta.contract} yields nothing; filter such messages with when`,
      );
    }
    if (!this.#adapter.spec.mllp) return mapped;
    return this.#encode(hl7v2Of(mapped, context));
  }

  /** In the character set that the receiver reads, named in MSH-18. Throws `Hl7v2Charset` rather than lose a letter. */
  #encode(message: Message): Uint8Array {
    const charset = this.#adapter.spec.mllp?.target?.charset ?? "UTF-8";
    message.transcode(charset === "UTF-8" ? "UNICODE UTF-8" : charset);
    return message.serialise();
  }
}

function hl7v2Of(json: unknown, context: { controlId: string; now: Date }) {
  const message = fromSegmentsJson(json);
  if (message.get("MSH-10") === undefined) message.set("MSH-10", context.controlId);
  if (message.get("MSH-7") === undefined)
    message.set("MSH-7", context.now.toISOString().replaceAll(/[-:T]/g, "").slice(0, 14));
  return message;
}

/** MSH-10 has at most 20 characters in HL7 v2.3. */
const controlIdOf = (idempotencyKey: string): string =>
  idempotencyKey.slice(idempotencyKey.indexOf(".") + 1).slice(0, 20);

const isTrue = async (expression: Expression, input: unknown, bindings: Record<string, unknown>): Promise<boolean> =>
  (await expression.evaluate(input, bindings)) === true;

const bindingsOf = (meta: Meta): Record<string, unknown> => ({
  messageId: meta.messageId,
  correlationId: meta.correlationId,
  source: meta.source,
  contract: meta.contract,
  version: meta.version,
  event: meta.event,
  receivedAt: new Date(meta.receivedAt).toISOString(),
});
