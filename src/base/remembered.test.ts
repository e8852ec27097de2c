import { expect, it } from "vitest";
import { remembered } from "./remembered.ts";

const counting = (max?: number) => {
  const asked: string[] = [];
  const work = (text: string): string | undefined => {
    asked.push(text);
    return text === "none" ? undefined : text.toUpperCase();
  };
  return { asked, recall: remembered(work, (text) => text.trim(), max) };
};

it("works nothing out again that it knows, also that there is nothing", () => {
  const { asked, recall } = counting();
  expect(["a", "none", "a", "none", " a "].map(recall)).toEqual(["A", undefined, "A", undefined, "A"]);
  expect(asked).toEqual(["a", "none"]);
});

it("forgets the oldest beyond its bound", () => {
  const { asked, recall } = counting(2);
  for (const text of ["a", "b", "c", "c", "b", "a"]) recall(text);
  expect(asked).toEqual(["a", "b", "c", "a"]);
});
