import { describe, expect, it } from "vitest";
import type { RelatedPerson } from "../../fhir/resources.ts";
import { Conversion } from "./conversion.ts";

function converting() {
  const asked: string[] = [];
  const conversion = new Conversion({
    resourceId: (...parts) => {
      asked.push(parts.join("|"));
      return parts.join("|");
    },
    timeZone: "UTC",
    source: "default/ehr",
    receivedAt: new Date(0),
    mappingVersion: "1",
  });
  const add = (...parts: string[]): string | undefined => {
    const kin: RelatedPerson = { resourceType: "RelatedPerson", id: "", patient: {} };
    return conversion.add(kin, ...parts).reference;
  };
  return { add, asked };
}

describe("resources of one message that have the same parts", () => {
  it("are numbered in the order in which they stand", () => {
    const { add } = converting();
    expect([add("a"), add("b"), add("a"), add("a"), add("b")]).toEqual([
      "RelatedPerson/RelatedPerson|a",
      "RelatedPerson/RelatedPerson|b",
      "RelatedPerson/RelatedPerson|a|#2",
      "RelatedPerson/RelatedPerson|a|#3",
      "RelatedPerson/RelatedPerson|b|#2",
    ]);
  });

  it("never get the id of one whose own parts read like a number", () => {
    const { add } = converting();
    const references = [add("a", "#2"), add("a"), add("a"), add("a", "#2"), add("a")];
    expect(new Set(references).size).toBe(references.length);
  });

  it("cost two ids each, however many there are: a message of thousands must not hold up everything else", () => {
    const { add, asked } = converting();
    for (let at = 0; at < 2000; at++) add("a");
    expect(asked.length).toBeLessThanOrEqual(2 * 2000);
  });
});
