import { expect, test } from "vitest";
import { aDataDomain, aWorld } from "../../../test/builders/resources.ts";
import { believedIn } from "./believed.ts";

/** As the API server made them, both within one second. */
const domain = (name: string) => {
  const made = aDataDomain({ ehr: [`clinic/${name}`] }, name);
  return { ...made, metadata: { ...made.metadata, creationTimestamp: "2027-01-01T00:00:00Z" } };
};
const world = aWorld(domain("b"), domain("a"), aDataDomain({ lis: ["clinic/lis"] }, "c"));
const believed = (denied: string[]) =>
  believedIn({ ...world, denied: new Set(denied) }, 0).map(({ metadata }) => metadata.name);

test("Of two domains that contradict each other the earlier one counts, and of one second that which the operator lets be", () => {
  expect(believedIn(world, 0).map(({ metadata }) => metadata.name)).toEqual(["a", "c"]);
  expect([believed([]), believed(["a"]), believed(["b"])]).toEqual([
    ["a", "c"],
    ["b", "c"],
    ["a", "c"],
  ]);
});

test("What the operator has denied counts once nothing contradicts it any more", () => {
  expect(believed(["c"])).toEqual(["a", "c"]);
});
