import type { Address } from "../../../fhir/types.ts";
import { addressType, addressUse } from "../../codes/contact.ts";
import { collect, filled, put } from "../assign.ts";
import type { Conversion } from "../conversion.ts";
import type { Composite } from "../reader.ts";
import { codeComponent } from "./coded.ts";
import { period } from "./identifier.ts";
import { validity } from "./name.ts";

const CENSUS_TRACT = "http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-censusTract";

/** XAD[Address] of the guide; undefined where it holds no part of an address. */
export function address(value: Composite | undefined, conversion: Conversion): Address | undefined {
  if (!value) return undefined;
  const result: Address = {};
  const line = [...value.subs(1, 3), value.text(2), value.text(19)];
  put(result, "line", filled(line.filter((text) => text !== undefined)));
  put(result, "city", value.text(3));
  put(result, "district", value.text(9));
  put(result, "state", value.text(4));
  put(result, "postalCode", value.text(5));
  put(result, "country", value.text(6));
  const tract = value.text(10);
  if (tract !== undefined) result.extension = [{ url: CENSUS_TRACT, valueString: tract }];
  if (Object.keys(result).length === 0) return undefined;
  const kind = value.text(7);
  if (kind !== undefined && addressType.toFhir.has(kind)) {
    const type = codeComponent(value, 7, addressType, conversion);
    put(result, "type", type.value);
    put(result, "_use", type.source);
  } else {
    const use = codeComponent(value, 7, addressUse, conversion);
    put(result, "use", use.value);
    put(result, "_use", use.source);
  }
  put(result, "period", period(value, 13, 14, conversion) ?? validity(value, 12, conversion));
  return result;
}

export function addresses(values: readonly Composite[], conversion: Conversion): Address[] {
  return collect(values, (value) => address(value, conversion));
}
