import type { Patient } from "../../../fhir/resources.ts";
import { filled, put } from "../assign.ts";
import type { Conversion } from "../conversion.ts";
import { identifiers } from "../datatypes/identifier.ts";
import { names } from "../datatypes/name.ts";
import type { SegmentReader } from "../reader.ts";

/**
 * MRG of a merge (A40): the Patient whose identifiers are no longer in use. The guide has no map for it; identifiers are
 * those of MRG-1, MRG-2 and MRG-4, the name is MRG-7's.
 */
export function priorPatient(mrg: SegmentReader, conversion: Conversion): Patient {
  const result: Patient = { resourceType: "Patient", id: "" };
  const values = [...mrg.all(1), ...mrg.all(4), ...mrg.all(2)];
  put(result, "identifier", filled(identifiers(values, conversion)));
  result.active = false;
  put(result, "name", filled(names(mrg.all(7), conversion)));
  return result;
}
