import { describe, expect, it } from "vitest";
import { FhirNode } from "./node.ts";

const NODE = FhirNode.of(
  {
    text: "a",
    empty: "",
    nothing: null,
    number: 3,
    yes: true,
    child: { text: "b" },
    list: [{ n: 1 }],
    given: ["x", null],
  },
  "Patient",
);

describe("FhirNode", () => {
  it("reads elements of the type that is asked for, and nothing where there is none", () => {
    expect([NODE.text("text"), NODE.text("empty"), NODE.text("nothing"), NODE.text("absent")]).toEqual([
      "a",
      undefined,
      undefined,
      undefined,
    ]);
    expect([NODE.number("number"), NODE.boolean("yes"), NODE.child("child")?.text("text")]).toEqual([3, true, "b"]);
    expect([NODE.list("list")[0]?.number("n"), NODE.texts("given"), NODE.list("absent")]).toEqual([1, ["x"], []]);
  });

  const wrong: [read: () => unknown, path: string][] = [
    [() => NODE.text("number"), "Patient.number: must be a string"],
    [() => NODE.number("text"), "Patient.text: must be a number"],
    [() => NODE.boolean("text"), "Patient.text: must be a boolean"],
    [() => NODE.child("text"), "Patient.text: must be an object"],
    [() => NODE.child("list"), "Patient.list: must be an object"],
    [() => NODE.list("child"), "Patient.child: must be an array"],
    [() => NODE.list("given"), "Patient.given[0]: must be an object"],
    [() => NODE.texts("list"), "Patient.list[0]: must be a string"],
  ];
  it.each(wrong)("refuses an element of another type by its path", (read, message) => {
    expect(read).toThrow(expect.objectContaining({ code: "FhirInvalid", message }));
  });

  it("finds an extension by its url", () => {
    const node = FhirNode.of({ extension: [{ url: "a" }, { url: "b", valueString: "found" }] }, "Patient");
    expect(node.extension("b")?.text("valueString")).toBe("found");
    expect(node.extension("c")).toBeUndefined();
  });
});
