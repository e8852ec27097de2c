import type { FhirNode } from "../../../fhir/node.ts";
import { allergenCategory, allergySeverity } from "../../codes/allergy.ts";
import { alternateCode, coded, plainCode } from "../datatypes/coded.ts";
import { day } from "../datatypes/time.ts";
import { type Rendering, set } from "../rendering.ts";

/** AL1 for each AllergyIntolerance. */
export function allergySegments({ message, source }: Rendering): void {
  source.all("AllergyIntolerance").forEach((allergy, index) => {
    const al1 = message.addSegment("AL1");
    set(al1, 1, String(index + 1));
    set(al1, 2, category(allergy));
    set(al1, 3, coded(allergy.child("code")));
    set(al1, 4, plainCode(allergy, "criticality", allergySeverity));
    al1.setField(5, reactions(allergy));
    set(al1, 6, day(allergy, "onsetDateTime"));
  });
}

function category(allergy: FhirNode): string | undefined {
  const sent = alternateCode(allergy.list("_category")[0]);
  return sent ?? allergenCategory.toV2.get(allergy.texts("category")[0] ?? "");
}

function reactions(allergy: FhirNode): string[] {
  return allergy
    .list("reaction")
    .flatMap((reaction) => reaction.list("manifestation"))
    .map((concept) => concept.text("text") ?? concept.list("coding")[0]?.text("display"))
    .filter((text) => text !== undefined);
}
