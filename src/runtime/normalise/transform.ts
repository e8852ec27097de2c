import type { Drift } from "../../api/drift.ts";
import type { AdapterName } from "../../compile/names.ts";
import { adapterRef } from "../../compile/names.ts";
import type { AdapterConfig, EmitConfig } from "../../compile/config.ts";
import { contractKey } from "../../compile/config.ts";
import { FasciaError, errorCode } from "../../base/errors.ts";
import { patientKeys, resourceUuid } from "../../formats/fhir/bundle.ts";
import { Message } from "../../formats/hl7v2/message.ts";
import { checkSize } from "../../formats/hl7v2/size.ts";
import { driftOf, toFhir } from "../../formats/hl7v2/tofhir/index.ts";
import { type Contract, compileContract } from "../../mapping/contract.ts";
import type { Expression } from "../../mapping/expression.ts";
import { compileNamed } from "../../mapping/named.ts";
import { ContractViolation } from "../../mapping/violation.ts";
import { eventToken } from "../ingest.ts";

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
}

/** Is told what an original has beside what the contract version of `emit` knows. */
export type TellDrift = (emit: EmitConfig, drift: Drift) => void;

/** An original as it was read, its event for one entry of `emits`. */
interface Read {
  input: unknown;
  event: string;
  tell: TellDrift;
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
  readonly #config: AdapterConfig;
  readonly #emits: CompiledEmit[];
  readonly #resourceIdKey: Uint8Array;

  /** Throws FasciaError when an expression or a schema does not compile. */
  constructor(config: AdapterConfig, resourceIdKey: Uint8Array) {
    this.revision = config.revision;
    this.#config = config;
    this.#resourceIdKey = resourceIdKey;
    this.#emits = config.emits.map((emit) => compileEmit(emit, config));
  }

  /** Hub domains that messages go to. */
  get domains(): string[] {
    return [...new Set(this.#config.emits.map((e) => e.domain))];
  }

  /** All contract messages of one original. Rejects with a FasciaError that names what it can't take: nothing is dropped. */
  async apply(original: Original, tell: TellDrift): Promise<Normalised[]> {
    const input = original.dialect === "hl7v2" ? this.#parseHl7v2(original) : parseJson(original.body);
    const results: Normalised[] = [];
    for (const compiled of this.#emits) {
      const event = await eventOf(compiled, original, input);
      if (compiled.emit.events && !compiled.emit.events.includes(event)) continue;
      results.push(await this.#told(compiled, original, { input, event, tell }));
    }
    if (results.length > 0) return results;
    const event = original.event === "" ? "" : ` ${original.event}`;
    throw new FasciaError(
      "UnmappedEvent",
      `no entry of spec.emits takes the event${event} of Adapter ${this.#config.name}; add it to an entry's events`,
    );
  }

  /** What is put into quarantine for what its contract does not know is drift as well. */
  async #told(compiled: CompiledEmit, original: Original, read: Read): Promise<Normalised> {
    try {
      return await this.#one(compiled, original, read);
    } catch (error) {
      const drift = error instanceof ContractViolation ? error.drift : REFUSED_AT.get(errorCode(error));
      if (drift) read.tell(compiled.emit, drift);
      throw error;
    }
  }

  async #one(compiled: CompiledEmit, original: Original, { input, event, tell }: Read): Promise<Normalised> {
    const { emit, contract } = compiled;
    const mapped = await this.#map(compiled, original, input, event);
    contract.validate(mapped.payload);
    if ("unmapped" in mapped) for (const each of mapped.unmapped) tell(emit, driftOf(each));
    // Where our own mapping made the payload, its members are not what the source sends.
    else for (const position of contract.undeclared(mapped.payload)) tell(emit, { kind: "Field", position });
    const keys = compiled.key ? toKeys(await compiled.key.evaluate(mapped.payload, {})) : mapped.keys;
    return {
      emit,
      event: eventToken(event),
      payload: mapped.payload,
      keys: keys ?? defaultKeys(contract, mapped.payload),
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
