import type { CodeableConcept, Coding, Element } from "../../../fhir/types.ts";
import { language } from "../../codes/person.ts";
import { codingSystem } from "../../codes/systems.ts";
import type { CodeMap, ConceptMap } from "../../codes/table.ts";
import { put } from "../assign.ts";
import type { Conversion } from "../conversion.ts";
import type { Composite } from "../reader.ts";

/** Coded data types: CE, CWE, CNE, IS and ID (HL7 v2.9 chapter 2A), which differ in how many components they have. */

const ALTERNATE_CODES = "http://hl7.org/fhir/StructureDefinition/alternate-codes";

/**
 * CWE[CodeableConcept] of the guide: the codings as sent, before them the one that `table` has for the code, and the
 * original text. A code that a closed table does not have, or of a system that only the sender knows, is kept and
 * reported.
 */
export function concept(
  value: Composite | undefined,
  conversion: Conversion,
  table?: ConceptMap,
): CodeableConcept | undefined {
  if (!value) return undefined;
  const coding: Coding[] = [];
  const source = sentCoding(value, 1, table?.system, conversion);
  if (source) {
    const mapped = mappedCoding(source, table);
    if (mapped && mapped.system !== source.system) coding.push(mapped);
    if (!mapped && table?.closed) conversion.report(value.position, "code not mapped");
    coding.push(source);
  }
  const alternate = sentCoding(value, 4, undefined, conversion);
  if (alternate) coding.push(alternate);
  const text = value.text(9) ?? (source ? undefined : value.text(2));
  if (coding.length === 0) return text === undefined ? undefined : { text };
  return text === undefined ? { coding } : { coding, text };
}

/** CWE[Coding] of the guide: what the table has for the code, otherwise the coding as sent, which is reported. */
export function singleCoding(value: Composite, conversion: Conversion, table: ConceptMap): Coding | undefined {
  const source = sentCoding(value, 1, table?.system, conversion);
  const mapped = source && mappedCoding(source, table);
  if (source && !mapped) conversion.report(value.position, "code not mapped");
  return mapped ?? source;
}

/**
 * CWE[code] of the guide, for a field of its own. Where FHIR has no such code, or the code cannot be told from it again,
 * `source` keeps what was sent; the former is reported.
 */
export function code(value: Composite | undefined, map: CodeMap, conversion: Conversion): Mapped {
  const sent = value && sentCoding(value, 1, map.system, conversion);
  return value && sent ? mapped(sent, map, value.position, conversion) : {};
}

/** The same for a component that is of data type ID. */
export function codeComponent(value: Composite, component: number, map: CodeMap, conversion: Conversion): Mapped {
  const sent = value.text(component);
  if (sent === undefined) return {};
  return mapped({ system: map.system, code: oneLine(sent) }, map, `${value.position}.${component}`, conversion);
}

export interface Mapped {
  value?: string;
  source?: Element;
}

function mapped(sent: Coding, map: CodeMap, position: string, conversion: Conversion): Mapped {
  const code = sent.code ?? "";
  const value = sent.system === map.system ? map.toFhir.get(code) : undefined;
  if (value === undefined) {
    conversion.report(position, "code not mapped");
    return { source: alternateCode(sent) };
  }
  return map.toV2.get(value) === code ? { value } : { value, source: alternateCode(sent) };
}

/** The extension beside a `code` element that keeps the code as it was sent. */
export function alternateCode(sent: Coding): Element {
  return { extension: [{ url: ALTERNATE_CODES, valueCodeableConcept: { coding: [sent] } }] };
}

/** Identifier, text and system of the triplet that starts at component `at`. */
function sentCoding(
  value: Composite,
  at: number,
  table: string | undefined,
  conversion: Conversion,
): Coding | undefined {
  const code = value.text(at);
  if (code === undefined) return undefined;
  const coding: Coding = {};
  const name = value.text(at + 2);
  const system = name === undefined ? undefined : codingSystem(name);
  if (system?.known === false) conversion.report(value.position, "code not mapped");
  put(coding, "system", system?.uri ?? (at === 1 ? table : undefined));
  put(coding, "version", value.text(at === 1 ? 7 : 8));
  coding.code = oneLine(code);
  put(coding, "display", value.text(at + 1));
  return coding;
}

function mappedCoding(source: Coding, table: ConceptMap | undefined): Coding | undefined {
  const found = table && source.system === table.system ? table.toFhir.get(source.code ?? "") : undefined;
  return found && { ...found };
}

/** FHIR codes hold no line breaks, tabs or runs of blanks. */
function oneLine(code: string): string {
  return /\s/.test(code) ? code.replaceAll(/\s+/g, " ") : code;
}

/** Yes and no (HL7 table 0136). Anything else is neither, and reported. */
export function yesNo(value: Composite | undefined, conversion: Conversion): boolean | undefined {
  const text = value?.text(1);
  if (!value || text === undefined) return undefined;
  if (text === "Y") return true;
  if (text === "N") return false;
  conversion.report(value.position, "code not mapped");
  return undefined;
}

const LANGUAGE_TAG = /^[A-Za-z]{2}(-[A-Za-z]{2})?$/;
const LANGUAGES = "urn:ietf:bcp:47";

/** A language (HL7 table 0296, which is empty). A code that looks like one of BCP 47, as FHIR wants it, also becomes that. */
export function languageConcept(value: Composite | undefined, conversion: Conversion): CodeableConcept | undefined {
  const result = concept(value, conversion, language);
  const sent = result?.coding?.[0];
  if (sent?.system === language.system && sent.code && LANGUAGE_TAG.test(sent.code)) {
    const [primary = "", region] = sent.code.split("-");
    const code = region ? `${primary.toLowerCase()}-${region.toUpperCase()}` : primary.toLowerCase();
    result?.coding?.unshift({ system: LANGUAGES, code });
  }
  return result;
}
