import type { CodeableConcept, Extension } from "../../../fhir/types.ts";
import { citizenship, ethnicGroup, nationality, race } from "../../codes/person.ts";
import { religion } from "../../codes/religion.ts";
import type { ConceptMap } from "../../codes/table.ts";
import { collect } from "../assign.ts";
import type { Conversion } from "../conversion.ts";
import { concept } from "../datatypes/coded.ts";
import type { Composite, SegmentReader } from "../reader.ts";
import { ETHNIC_GROUP, RACE } from "../urls.ts";

/** Name type in HL7 table 0200. */
const MAIDEN = "M";
const PATIENT = "http://hl7.org/fhir/StructureDefinition/patient-";

/** What PID says that FHIR has as extensions of Patient; race and ethnic group the guide leaves to each country. */
export function patientExtensions(pid: SegmentReader, conversion: Conversion): Extension[] {
  const coded = (field: number, table: ConceptMap, url: string): Extension[] =>
    each(pid.all(field), conversion, table, (valueCodeableConcept) => ({ url, valueCodeableConcept }));
  const country = (field: number, table: ConceptMap, url: string): Extension[] =>
    each(pid.all(field), conversion, table, (valueCodeableConcept) => ({
      url,
      extension: [{ url: "code", valueCodeableConcept }],
    }));
  return [
    ...mothersMaidenName(pid, conversion),
    ...coded(10, race, RACE),
    ...coded(17, religion, `${PATIENT}religion`),
    ...coded(22, ethnicGroup, ETHNIC_GROUP),
    ...birthPlace(pid),
    ...country(26, citizenship, `${PATIENT}citizenship`),
    ...country(28, nationality, `${PATIENT}nationality`),
    ...country(39, citizenship, `${PATIENT}citizenship`),
  ];
}

function each(
  values: readonly Composite[],
  conversion: Conversion,
  table: ConceptMap,
  make: (concept: CodeableConcept) => Extension,
): Extension[] {
  return collect(values, (value) => {
    const coded = concept(value, conversion, table);
    return coded && make(coded);
  });
}

/** FHIR has it as text: prefix, given names, family name and suffixes. That the name type is maiden goes without saying. */
function mothersMaidenName(pid: SegmentReader, conversion: Conversion): Extension[] {
  return pid.all(6).flatMap((value) => {
    if ((value.text(7) ?? MAIDEN) !== MAIDEN) conversion.report(`${value.position}.7`, "component not mapped");
    const parts = collect([5, 2, 3, 1, 4, 6], (component) => value.text(component));
    return parts.length > 0 ? [{ url: `${PATIENT}mothersMaidenName`, valueString: parts.join(" ") }] : [];
  });
}

function birthPlace(pid: SegmentReader): Extension[] {
  const text = pid.text(23);
  return text === undefined ? [] : [{ url: `${PATIENT}birthPlace`, valueAddress: { text } }];
}
