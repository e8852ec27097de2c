import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Adapter } from "../../src/api/adapter.ts";
import type { ContractVersionSpec } from "../../src/api/contractversion.ts";
import type { Resources } from "../../src/compile/resources.ts";
import { resourceUuid } from "../../src/formats/fhir/bundle.ts";
import { Message } from "../../src/formats/hl7v2/message.ts";
import { toFhir } from "../../src/formats/hl7v2/tofhir/index.ts";
import { compileExpression } from "../../src/mapping/expression.ts";
import { formatProblem, loadManifests } from "../../src/standalone/manifests.ts";

const samples = fileURLToPath(new URL("../../config/samples/", import.meta.url));

/** The resources of a sample, which must be free of problems. */
export async function loadSample(name: string): Promise<Resources> {
  const { resources, problems } = await loadManifests(path.join(samples, name));
  if (problems.length > 0) throw new Error(problems.map(formatProblem).join("\n"));
  return resources;
}

export interface SampleMessage {
  file: string;
  message: Message;
  /** As the EHR's Adapter publishes it. */
  bundle: object;
}

export async function hospitalMessages(): Promise<SampleMessage[]> {
  const folder = path.join(samples, "hospital", "messages");
  const files = (await readdir(folder)).sort();
  return Promise.all(files.map(async (file) => ({ file, ...convert(await readFile(path.join(folder, file))) })));
}

function convert(bytes: Buffer): Omit<SampleMessage, "file"> {
  const message = Message.parse(bytes);
  const { bundle } = toFhir(message, {
    resourceId: (...parts) => resourceUuid(new Uint8Array(32), ...parts),
    timeZone: "Europe/Berlin",
    source: "default/ehr",
    receivedAt: new Date(METADATA.receivedAt),
    mappingVersion: "1.0.0",
  });
  return { message, bundle };
}

/** What `$message` holds in expressions. */
export const METADATA = {
  messageId: "k1.AAAAAAAAAAAAAAAAAAAAAA",
  correlationId: "k1.BBBBBBBBBBBBBBBBBBBBBB",
  source: "default/ehr",
  contract: "patient-admission",
  version: "1.0.0",
  event: "A01",
  receivedAt: "2027-03-01T10:20:30.000Z",
};

export function evaluate(expression: string | undefined, input: unknown): Promise<unknown> {
  if (expression === undefined) throw new Error("the sample has no such expression");
  return compileExpression(expression).evaluate(input, { message: METADATA });
}

export function adapterOf({ adapters }: Resources, name: string): Adapter {
  const found = adapters.find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new Error(`the sample has no adapter ${name}`);
  return found;
}

export function contractOf({ contractVersions }: Resources, contract: string): ContractVersionSpec {
  const found = contractVersions.find(({ spec }) => spec.contract === contract);
  if (found === undefined) throw new Error(`the sample has no contract ${contract}`);
  return found.spec;
}

/** What the adapter makes of a payload of the contract. */
export function render(adapter: Adapter, contract: string, payload: unknown): Promise<unknown> {
  const accepts = adapter.spec.accepts?.find((each) => each.contract === contract);
  return evaluate(accepts?.mapping?.jsonata, payload);
}
