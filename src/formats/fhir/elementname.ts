/** Data types that `value[x]` elements end in (http://hl7.org/fhir/R4/datatypes.html#open). */
const CHOICE =
  /^(?:Base64Binary|Boolean|Canonical|Code|Date|DateTime|Decimal|Id|Instant|Integer|Markdown|Oid|PositiveInt|String|Time|UnsignedInt|Uri|Url|Uuid|Address|Age|Annotation|Attachment|CodeableConcept|Coding|ContactPoint|Count|Distance|Duration|HumanName|Identifier|Money|Period|Quantity|Range|Ratio|Reference|SampledData|Signature|Timing|ContactDetail|Contributor|DataRequirement|Expression|ParameterDefinition|RelatedArtifact|TriggerDefinition|UsageContext|Dosage|Meta)$/;

/**
 * Which of `elements` the JSON member `key` holds, as its own name has it or as FHIR writes it: `_name` for the extensions of
 * a primitive, and `name[x]` with its type.
 */
export function elementNamed<T>(elements: ReadonlyMap<string, T>, key: string): T | undefined {
  const name = key.startsWith("_") ? key.slice(1) : key;
  const exact = elements.get(name);
  if (exact !== undefined) return exact;
  for (const [element, found] of elements)
    if (name.startsWith(element) && CHOICE.test(name.slice(element.length))) return found;
  return undefined;
}
