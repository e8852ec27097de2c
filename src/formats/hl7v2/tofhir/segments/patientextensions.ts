import type { CodeableConcept, Extension } from "../../../fhir/types.ts";
import { citizenship, ethnicGroup, nationality, race } from "../../codes/person.ts";
import { religion } from "../../codes/religion.ts";
import type { ConceptMap } from "../../codes/table.ts";
import type { Conversion } from "../conversion.ts";
import { concept } from "../datatypes/coded.ts";
import { name } from "../datatypes/name.ts";
import { displayName } from "../datatypes/people.ts";
import type { Composite, SegmentReader } from "../reader.ts";
import { ETHNIC_GROUP, RACE } from "../urls.ts";

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
  return values.flatMap((value) => {
    const coded = concept(value, conversion, table);
    return coded ? [make(coded)] : [];
  });
}

function mothersMaidenName(pid: SegmentReader, conversion: Conversion): Extension[] {
  return pid.all(6).flatMap((value) => {
    const mother = name(value, conversion);
    const valueString = mother && displayName(mother);
    return valueString ? [{ url: `${PATIENT}mothersMaidenName`, valueString }] : [];
  });
}

function birthPlace(pid: SegmentReader): Extension[] {
  const text = pid.text(23);
  return text === undefined ? [] : [{ url: `${PATIENT}birthPlace`, valueAddress: { text } }];
}
