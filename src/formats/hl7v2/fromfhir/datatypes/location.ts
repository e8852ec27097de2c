import type { FhirNode } from "../../../fhir/node.ts";
import type { RepetitionInput } from "../../compose.ts";
import type { Source } from "../source.ts";

/** Components of PL by the physical type of a Location. */
const COMPONENTS: Readonly<Record<string, number>> = { wa: 1, ro: 2, bd: 3, si: 4, bu: 7, lvl: 8 };
/** No hierarchy is deeper; one that is a circle must end. */
const MAX_LEVELS = 12;

/** A place and what it is part of as PL; of a reference that leads nowhere the name. */
export function personLocation(reference: FhirNode, owner: FhirNode, source: Source): RepetitionInput | undefined {
  const result: (string | undefined)[] = [];
  let place = source.resolve(reference, owner);
  if (!place) {
    const name = reference.text("display") ?? reference.child("identifier")?.text("value");
    return name === undefined ? undefined : [name];
  }
  result[8] = place.text("description");
  for (let level = 0; place && level < MAX_LEVELS; level++) {
    const name = place.text("name") ?? place.list("identifier")[0]?.text("value");
    const type = place.child("physicalType")?.list("coding")[0]?.text("code");
    const component = COMPONENTS[type ?? ""] ?? 1;
    result[component - 1] ??= name;
    result[5] ??= place.list("type")[0]?.list("coding")[0]?.text("code");
    place = source.resolve(place.child("partOf"), owner);
  }
  return Array.from(result);
}
