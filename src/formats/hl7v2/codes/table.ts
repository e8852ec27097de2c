import type { Coding } from "../../fhir/types.ts";

/** The code system that HL7 terminology publishes for a table of HL7 v2, by its four digits. */
export const tableSystem = (table: string): string => `http://terminology.hl7.org/CodeSystem/v2-${table}`;

/**
 * A v2 table whose codes become values of a FHIR `code` element with a required binding. A code that is not in `toFhir`
 * has no value in FHIR: the element stays without one and keeps the source coding beside it.
 */
export interface CodeMap {
  system: string;
  toFhir: ReadonlyMap<string, string>;
  /** The v2 code that stands for the FHIR value; where several become the same value, the one listed first. */
  toV2: ReadonlyMap<string, string>;
}

export function codeMap(table: string, rows: readonly (readonly [v2: string, fhir: string])[]): CodeMap {
  const toV2 = new Map<string, string>();
  for (const [v2, fhir] of rows) if (!toV2.has(fhir)) toV2.set(fhir, v2);
  return { system: tableSystem(table), toFhir: new Map(rows), toV2 };
}

/** A v2 table whose codes become codings of a CodeableConcept, beside the source coding. */
export interface ConceptMap {
  system: string;
  /** FHIR coding by v2 code. A code without one is drift in a closed table, and nothing to speak of in an open one. */
  toFhir: ReadonlyMap<string, Coding>;
  /** The v2 code by `codingKey` of the FHIR coding; where several become the same coding, the one listed first. */
  toV2: ReadonlyMap<string, string>;
  closed: boolean;
}

export const codingKey = (system: string | undefined, code: string): string => `${system ?? ""}|${code}`;

/** Codes that the guide maps to another code system. */
export function conceptMap(
  table: string,
  system: string,
  rows: readonly (readonly [v2: string, code: string, display: string, system?: string])[],
): ConceptMap {
  const codings = rows.map(([v2, code, display, other]) => [v2, { system: other ?? system, code, display }] as const);
  const toV2 = new Map(codings.toReversed().map(([v2, coding]) => [codingKey(coding.system, coding.code), v2]));
  return { system: tableSystem(table), toFhir: new Map(codings), toV2, closed: true };
}

/** Codes that stay as they are, in the v2 code system; others than these are drift. */
export function knownCodes(table: string, rows: readonly (readonly [code: string, display: string])[]): ConceptMap {
  return conceptMap(
    table,
    tableSystem(table),
    rows.map(([code, display]) => [code, code, display] as const),
  );
}

/** A table that each site fills itself: any code stays as it is, in the v2 code system. */
export function userTable(table: string): ConceptMap {
  return { system: tableSystem(table), toFhir: new Map(), toV2: new Map(), closed: false };
}
