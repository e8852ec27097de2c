import type { Received } from "../adapters/adapter.ts";

/** Trigger events of HL7 v2 (table 0003, and local ones): anything longer is no event but a field in the wrong place. */
const TRIGGER_EVENT = /^[A-Z][A-Z0-9]{2,3}$/;
const TOKEN = /^[A-Za-z0-9_-]{1,64}$/;

/** What a sender calls an event may become a token of a subject only if it looks like one. */
export const eventToken = (event: string, dialect: Received["dialect"] = "json"): string =>
  (dialect === "hl7v2" ? TRIGGER_EVENT : TOKEN).test(event) ? event : "other";
