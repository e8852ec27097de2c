import type { Element, Extension, HumanName, Period } from "../../../fhir/types.ts";
import { nameType } from "../../codes/person.ts";
import { collect, filled, put } from "../assign.ts";
import type { Conversion } from "../conversion.ts";
import type { Composite } from "../reader.ts";
import { codeComponent } from "./coded.ts";
import { period, periodOf } from "./identifier.ts";
import { dateTimeOf } from "./time.ts";

/** Where the parts of a name stand: XPN and XCN hold the same ones in other components (HL7 v2.9 chapter 2A). */
interface Positions {
  family: number;
  given: number;
  further: number;
  suffix: number;
  prefix: number;
  degree: number;
  type: number;
  validity: number;
  assembly: number;
  start: number;
  end: number;
  professional: number;
}

const XPN: Positions = {
  family: 1,
  given: 2,
  further: 3,
  suffix: 4,
  prefix: 5,
  degree: 6,
  type: 7,
  validity: 10,
  assembly: 11,
  start: 12,
  end: 13,
  professional: 14,
};

const XCN: Positions = {
  family: 2,
  given: 3,
  further: 4,
  suffix: 5,
  prefix: 6,
  degree: 7,
  type: 10,
  validity: 17,
  assembly: 18,
  start: 19,
  end: 20,
  professional: 21,
};

/** XPN[HumanName] of the guide; undefined where it holds no name. */
export function name(value: Composite | undefined, conversion: Conversion): HumanName | undefined {
  return value && humanName(value, XPN, conversion);
}

export function names(values: readonly Composite[], conversion: Conversion): HumanName[] {
  return collect(values, (value) => name(value, conversion));
}

/** The name within XCN[Practitioner] of the guide. */
export function practitionerName(value: Composite, conversion: Conversion): HumanName | undefined {
  return humanName(value, XCN, conversion);
}

function humanName(value: Composite, at: Positions, conversion: Conversion): HumanName | undefined {
  const result: HumanName = {};
  const [family, ...parts] = value.subs(at.family, 5);
  const given = texts(value, at.given, at.further);
  const prefix = texts(value, at.prefix);
  const suffix = texts(value, at.suffix, at.degree, at.professional);
  const familyParts = surnameParts(parts, value.text(at.assembly));
  if (!family && !given && !prefix && !suffix && !familyParts) return undefined;
  const use = codeComponent(value, at.type, nameType, conversion);
  put(result, "use", use.value);
  put(result, "_use", use.source);
  put(result, "family", family);
  put(result, "_family", familyParts);
  put(result, "given", given);
  put(result, "prefix", prefix);
  put(result, "suffix", suffix);
  put(result, "period", period(value, at.start, at.end, conversion) ?? validity(value, at.validity, conversion));
  return result;
}

function texts(value: Composite, ...components: number[]): string[] | undefined {
  return filled(collect(components, (component) => value.text(component)));
}

const EXTENSION = "http://hl7.org/fhir/StructureDefinition/";
const PARTS = ["own-prefix", "own-name", "partner-prefix", "partner-name"];

/** FN[HumanName] of the guide: own and partner's surname with their prefixes, and the order to write a name in. */
function surnameParts(parts: (string | undefined)[], order: string | undefined): Element | undefined {
  const extension: Extension[] = [];
  for (const [index, valueString] of parts.entries()) {
    if (valueString !== undefined) extension.push({ url: `${EXTENSION}humanname-${PARTS[index]}`, valueString });
  }
  if (order !== undefined) extension.push({ url: `${EXTENSION}humanname-assembly-order`, valueCode: order });
  return extension.length > 0 ? { extension } : undefined;
}

/** Data type DR: two times as subcomponents. */
export function validity(value: Composite, component: number, { context }: Conversion): Period | undefined {
  const [start, end] = value.subs(component, 2);
  return periodOf(
    dateTimeOf(start, context.timeZone, value, component),
    dateTimeOf(end, context.timeZone, value, component),
  );
}
