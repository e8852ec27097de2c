import { readFileSync } from "node:fs";
import { resourceUuid } from "../../src/formats/fhir/bundle.ts";
import type { MappedResource } from "../../src/formats/fhir/resources.ts";
import { Message } from "../../src/formats/hl7v2/message.ts";
import { type ToFhirContext, type ToFhirResult, toFhir } from "../../src/formats/hl7v2/tofhir/index.ts";

/** ADT messages of tests, from segments, and what they become. */

const KEY = Buffer.from("a key that only tests have");

export const CONTEXT: ToFhirContext = {
  resourceId: (...parts) => resourceUuid(KEY, ...parts),
  timeZone: "Europe/Berlin",
  source: "default/ehr",
  receivedAt: new Date("2026-03-14T08:00:00Z"),
  mappingVersion: "1",
};

export const PID = "PID|1||100^^^HOSP^MR";

/** A message of MSH, EVN and the segments given; PID among them. */
export function adt(event: string, ...segments: string[]): Message {
  const head = [`MSH|^~\\&|EHR|HOSP|||20260314091500||ADT^${event}|C1|P|2.5.1`, `EVN|${event}|20260314091400`];
  return Message.parse(Buffer.from([...head, ...segments].map((segment) => `${segment}\r`).join("")));
}

export function convert(message: Message, context: Partial<ToFhirContext> = {}): ToFhirResult {
  return toFhir(message, { ...CONTEXT, ...context });
}

/** The resources of one type in what an A08 of PID and `segments` becomes. */
export function resourcesOf<T extends MappedResource["resourceType"]>(
  type: T,
  ...segments: string[]
): Extract<MappedResource, { resourceType: T }>[] {
  const { bundle } = convert(adt("A08", ...(segments.some((s) => s.startsWith("PID")) ? [] : [PID]), ...segments));
  return resourcesIn(bundle, type);
}

export function resourcesIn<T extends MappedResource["resourceType"]>(
  bundle: ToFhirResult["bundle"],
  type: T,
): Extract<MappedResource, { resourceType: T }>[] {
  const resources = (bundle.entry ?? []).map((entry) => entry.resource as MappedResource);
  return resources.filter(
    (resource): resource is Extract<MappedResource, { resourceType: T }> => resource.resourceType === type,
  );
}

export const SAMPLES = ["a01", "a03", "a04", "a08", "a40"] as const;

export function sample(name: (typeof SAMPLES)[number]): Buffer {
  return readFileSync(new URL(`../../config/samples/hospital/messages/${name}.hl7`, import.meta.url));
}
