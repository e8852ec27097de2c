import { describe, expect, test } from "vitest";
import { aTarget, aWorld, anAdapterClass } from "../../../test/builders/resources.ts";
import { evaluate } from "../evaluate.ts";
import type { Change } from "../rule.ts";
import { rightsAsked } from "./asked.ts";
import { CLASS_USE, useOf } from "./classuse.ts";
import { rightId } from "./rights.ts";

const lax = anAdapterClass({}, { restricted: true }, "lax");
const world = aWorld(lax, anAdapterClass({}, {}, "open"), anAdapterClass({}, { restricted: true, isDefault: true }));
const stranger = { name: "ada", groups: [] };
const user = { ...stranger, rights: new Set([rightId(useOf(lax))]) };
const of = (name: string | undefined, spec: object = {}) => aTarget("lab", { class: name, ...spec });

const judged = (change: Partial<Change>) =>
  evaluate({ operation: "CREATE", dryRun: false, now: 0, user: stranger, ...change }, world, [CLASS_USE]);

describe("An Adapter of a restricted class", () => {
  test.each<[string, Partial<Change>]>([
    ["created", { new: of("lax") }],
    ["moved to it", { operation: "UPDATE", old: of("open"), new: of("lax") }],
    [
      "changed, though it named the class before that was there",
      { operation: "UPDATE", old: of("lax"), new: of("lax", { replicas: 2 }) },
    ],
  ])("is refused to who may not use it: %s", (_, change) => {
    expect(judged(change)).toMatchObject([{ severity: "Deny", path: "spec.class" }]);
    expect(judged({ ...change, user })).toEqual([]);
  });

  test("is told with the owner of the class and the verb", () => {
    expect(judged({ new: of("lax") })[0]?.message).toBe(
      "ada may not use the AdapterClass lax: name another one, or ask its owner (review board <review@hospital.example>) for the verb use on adapterclasses.fascia.dev/lax",
    );
  });

  test.each<[string, Partial<Change>]>([
    [
      "a label",
      {
        operation: "UPDATE",
        old: of("lax"),
        new: { ...of("lax"), metadata: { name: "lab", namespace: "clinic", labels: { a: "b" } } },
      },
    ],
    ["leaving it", { operation: "UPDATE", old: of("lax"), new: of("open") }],
    ["another class", { new: of("open") }],
    ["a class that is not there", { new: of("nosuch") }],
    ["no class, where the default one is restricted", { new: of(undefined) }],
    ["a manifest, which nobody applies", { new: of("lax"), user: undefined }],
  ])("asks for nothing of %s", (_, change) => {
    expect(judged(change)).toEqual([]);
  });

  test("asks the API server only about the class that is named", () => {
    const asked = (change: Partial<Change>) =>
      rightsAsked({ operation: "CREATE", dryRun: false, now: 0, ...change }, world).map(rightId);
    expect([asked({ new: of("lax") }), asked({ new: of("open") }), asked({ new: of(undefined) })]).toEqual([
      ["use adapterclasses */lax"],
      [],
      [],
    ]);
  });
});
