import type { Drift } from "../../api/drift.ts";
import type { AdapterName } from "../../compile/names.ts";
import { adapterRef } from "../../compile/names.ts";
import type { AdapterConfig, EmitConfig } from "../../compile/config.ts";
import { contractKey } from "../../compile/config.ts";
import { FasciaError, errorCode } from "../../base/errors.ts";
import { patientKeys, resourceUuid } from "../../formats/fhir/bundle.ts";
import { Message } from "../../formats/hl7v2/message.ts";
import { checkSize } from "../../formats/hl7v2/size.ts";
import { type ToFhirResult, driftOf, toFhir } from "../../formats/hl7v2/tofhir/index.ts";
import { type Contract, compileContract } from "../../mapping/contract.ts";
import type { Expression } from "../../mapping/expression.ts";
import { compileNamed } from "../../mapping/named.ts";
import type { Owned } from "../../mapping/ownership.ts";
import { ContractViolation } from "../../mapping/violation.ts";
import { eventToken } from "../eventtoken.ts";
import { ForeignField, Guard } from "../guard.ts";
import { type Hold, emitHold } from "../lifecycle/endings.ts";

/** An original as RAW holds it. */
export interface Original {
  body: Uint8Array;
  dialect: "hl7v2" | "json";
  /** Event that the envelope told; empty where it told none. */
  event: string;
  receivedAt: number;
  messageId: string;
}

/** One contract message, before it has headers. Keys are in clear: the caller hashes them. */
export interface Normalised {
  emit: EmitConfig;
  event: string;
  payload: unknown;
  keys: string[];
  /** Paths of the ownership matrix that were taken out of it. */
  stripped: string[];
  /** Whether nothing is left of it after that. */
  isNothing: boolean;
}

/** Is told what an original has beside what the contract version of `emit` knows. */
export type TellDrift = (emit: EmitConfig, drift: Drift) => void;

/** What an original became by the mapping of one entry of `emits`. */
interface Mapped {
  compiled: CompiledEmit;
  event: string;
  payload: unknown;
  keys: string[] | undefined;
  /** Of our own mapping alone: positions of what it does not know. */
  unmapped?: ToFhirResult["unmapped"];
  /** What of the payload is the source's to say. */
  owned: Owned;
}

/** Where those stand that are refused for what they are. */
const REFUSED_AT: ReadonlyMap<string, Drift> = new Map([
  ["Hl7v2Unmapped", { kind: "Value", position: "MSH-9" }],
  ["FhirInvalid", { kind: "Value", position: "Bundle" }],
]);

interface CompiledEmit {
  emit: EmitConfig;
  contract: Contract;
  event: Expression | undefined;
  key: Expression | undefined;
  jsonata: Expression | undefined;
}

/** The mapping from a source's dialect to its contracts, compiled once for each configuration. */
export class Transform {
  readonly revision: string;
  /** From when on nothing is emitted. */
  readonly hold: Hold;
  readonly #config: AdapterConfig;
  readonly #emits: CompiledEmit[];
  readonly #resourceIdKey: Uint8Array;
  readonly #guard: Guard | undefined;

  /** Throws FasciaError when an expression or a schema does not compile. */
  constructor(config: AdapterConfig, resourceIdKey: Uint8Array) {
    this.revision = config.revision;
    this.hold = emitHold(config);
    this.#config = config;
    this.#resourceIdKey = resourceIdKey;
    this.#emits = config.emits.map((emit) => compileEmit(emit, config));
    this.#guard = Guard.of(config);
  }

  /** Hub domains that messages go to. */
  get domains(): string[] {
    return [...new Set(this.#config.emits.map((e) => e.domain))];
  }

  /**
   * All contract messages of one original, without what is not the source's to say. Rejects with a FasciaError that names
   * what it can't take: nothing else is dropped.
   */
  async apply(original: Original, tell: TellDrift): Promise<Normalised[]> {
    const input = original.dialect === "hl7v2" ? this.#parseHl7v2(original) : parseJson(original.body);
    const mapped: Mapped[] = [];
    for (const compiled of this.#emits) {
      const event = await eventOf(compiled, original, input);
      if (compiled.emit.events && !compiled.emit.events.includes(event)) continue;
      mapped.push(await told(compiled.emit, tell, () => this.#mapped(compiled, original, input, event)));
    }
    // All together: an original goes whole or not at all.
    this.#guard?.settle(mapped.flatMap(({ owned }) => owned.conflicts));
    const results: Normalised[] = [];
    for (const each of mapped) results.push(await told(each.compiled.emit, tell, () => this.#checked(each, tell)));
    if (results.length > 0) return results;
    const event = original.event === "" ? "" : ` ${original.event}`;
    throw new FasciaError(
      "UnmappedEvent",
      `no entry of spec.emits takes the event${event} of Adapter ${this.#config.name}; add it to an entry's events`,
    );
  }

  /** Why the sender of an original is to be told no; undefined where it is not, or where the original can't be turned into anything. */
  async rejection(original: () => Original): Promise<ForeignField | undefined> {
    if (this.#guard?.mayReject !== true) return undefined;
    try {
      await this.apply(original(), () => {});
      return undefined;
    } catch (error) {
      return error instanceof ForeignField && error.onConflict === "Reject" ? error : undefined;
    }
  }

  async #mapped(compiled: CompiledEmit, original: Original, input: unknown, event: string): Promise<Mapped> {
    const mapped = await this.#map(compiled, original, input, event);
    const { payload } = mapped;
    const guard = compiled.contract.spec.fhir && this.#guard;
    const owned = guard ? guard.keep(payload) : { payload, isNothing: false, conflicts: [] };
    return { compiled, event, ...mapped, owned };
  }

  async #checked({ compiled, event, payload, keys, unmapped, owned }: Mapped, tell: TellDrift): Promise<Normalised> {
    const { emit, contract } = compiled;
    if (!owned.isNothing) contract.validate(owned.payload);
    if (unmapped) for (const each of unmapped) tell(emit, driftOf(each));
    // Where our own mapping made the payload, its members are not what the source sends.
    else {
      const undeclared = owned.isNothing ? [] : contract.undeclared(owned.payload);
      for (const position of undeclared) tell(emit, { kind: "Field", position });
    }
    // By all that it said: what is stripped must not move a message into another lane.
    const own = compiled.key ? toKeys(await compiled.key.evaluate(payload, {})) : keys;
    return {
      emit,
      event: eventToken(event),
      payload: owned.payload,
      keys: own ?? defaultKeys(contract, payload),
      stripped: this.#guard?.settle(owned.conflicts) ?? [],
      isNothing: owned.isNothing,
    };
  }

  async #map(compiled: CompiledEmit, original: Original, input: unknown, event: string) {
    if (compiled.emit.mapping?.hl7v2ToFhir) return this.#hl7v2ToFhir(compiled.emit, original, input);
    const json = input instanceof Message ? input.toJson() : input;
    if (!compiled.jsonata) return { payload: json, keys: undefined };
    const payload = await compiled.jsonata.evaluate(json, { message: this.#bindings(compiled.emit, original, event) });
    return { payload, keys: undefined };
  }

  #hl7v2ToFhir(emit: EmitConfig, original: Original, input: unknown) {
    if (!(input instanceof Message)) {
      throw new FasciaError(
        "WrongDialect",
        `spec.emits mapping hl7v2ToFhir of Adapter ${this.#config.name} needs HL7 v2, the message is JSON`,
      );
    }
    const { bundle, keys, unmapped } = toFhir(input, {
      resourceId: (...parts) => resourceUuid(this.#resourceIdKey, ...parts),
      timeZone: this.#config.spec.timeZone ?? "UTC",
      source: adapterRef(this.#config),
      receivedAt: new Date(original.receivedAt),
      mappingVersion: emit.mapping?.version ?? "1",
    });
    return { payload: bundle as unknown, keys, unmapped };
  }

  #parseHl7v2(original: Original): Message {
    const { charset } = this.#config.spec;
    const message = Message.parse(original.body, charset === undefined ? {} : { charset });
    checkSize(original.body, message);
    return message;
  }

  #bindings(emit: EmitConfig, original: Original, event: string): Record<string, unknown> {
    return {
      messageId: original.messageId,
      correlationId: original.messageId,
      source: adapterRef(this.#config as AdapterName),
      contract: emit.contract,
      version: emit.version,
      event,
      receivedAt: new Date(original.receivedAt).toISOString(),
    };
  }
}

/** What is put into quarantine for what its contract does not know is drift as well. */
async function told<T>(emit: EmitConfig, tell: TellDrift, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const drift = error instanceof ContractViolation ? error.drift : REFUSED_AT.get(errorCode(error));
    if (drift) tell(emit, drift);
    throw error;
  }
}

function compileEmit(emit: EmitConfig, config: AdapterConfig): CompiledEmit {
  const spec = config.contracts[contractKey(emit.contract, emit.version)];
  if (!spec)
    throw new FasciaError(
      "ContractMissing",
      `ContractVersion ${emit.contract}-v${emit.version} is not part of the configuration`,
    );
  const compile = (source: string | undefined, field: string) =>
    source === undefined ? undefined : compileNamed(source, `spec.emits ${field} of ${emit.contract}`);
  return {
    emit,
    contract: compileContract(spec),
    event: compile(emit.event, "event"),
    key: compile(emit.key, "key"),
    jsonata: compile(emit.mapping?.jsonata, "mapping.jsonata"),
  };
}

async function eventOf(compiled: CompiledEmit, original: Original, input: unknown): Promise<string> {
  if (!compiled.event) return original.event === "" ? "message" : original.event;
  const event = await compiled.event.evaluate(input instanceof Message ? input.toJson() : input, {});
  return typeof event === "string" && event !== "" ? event : "message";
}

/** A key expression yields one key, several, or nothing; numbers are taken as written. */
function toKeys(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value];
  return list
    .filter((v) => typeof v === "string" || typeof v === "number")
    .map(String)
    .filter((v) => v !== "");
}

const defaultKeys = (contract: Contract, payload: unknown): string[] =>
  contract.spec.fhir ? patientKeys(payload) : [];

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) as unknown;
  } catch (cause) {
    throw new FasciaError("NotJson", "the message is not valid JSON in UTF-8", { cause });
  }
}
