import { expect, test } from "vitest";
import { aTarget, aWorld, anAdapterClass } from "../../../test/builders/resources.ts";
import type { AdapterClass } from "../../api/adapterclass.ts";
import type { Adapter } from "../../api/adapter.ts";
import { evaluate } from "../evaluate.ts";
import { FALLS_OUTSIDE } from "./falls.ts";

const plain = { http: { target: { url: "http://lab.example" } } };
const lab = aTarget("lab", plain);
const ris = aTarget("ris", { owner: "radiology <ris@hospital.example>" });

function warnings(
  old: AdapterClass | undefined,
  wanted: AdapterClass,
  adapters: Adapter[],
  ...classes: AdapterClass[]
) {
  const change = { operation: old ? "UPDATE" : "CREATE", old, new: wanted, dryRun: false, now: 0 } as const;
  return evaluate(change, aWorld(...adapters, ...classes), [FALLS_OUTSIDE]).map(
    ({ severity, path, message }) => `${severity} ${path} ${message}`,
  );
}
const byDefault = (require: Parameters<typeof anAdapterClass>[0] = {}) => anAdapterClass(require, { isDefault: true });

test("Whoever makes a class stricter hears which Adapters fall outside it, and by which rules", () => {
  const stricter = byDefault({ tlsOutsidePodNetwork: true, ownerContact: true });
  expect(warnings(byDefault(), stricter, [lab, ris])).toEqual([
    "Warn spec.require 1 Adapter falls outside the baseline by this: clinic/lab (baseline/tls, baseline/owner). What runs goes on, and is Ready=False until it is mended",
  ]);
});

test("Five are named, in order", () => {
  const many = ["g", "f", "e", "d", "c", "b", "a"].map((name) => aTarget(name));
  expect(warnings(byDefault(), byDefault({ ownerContact: true }), many)[0]).toMatch(
    /7 Adapters fall .*: clinic\/a .*, clinic\/e \(baseline\/owner\) and 2 more\. What/,
  );
});

test("A new class tells of those that it comes to hold for", () => {
  expect(warnings(undefined, byDefault({ ownerContact: true }), [lab, ris])[0]).toContain(
    "clinic/lab (baseline/owner)",
  );
  const named = aTarget("lis", { class: "clinical" });
  expect(warnings(undefined, anAdapterClass({ ownerContact: true }), [lab, named])[0]).toContain("clinic/lis (");
});

test("A default class that is none any more tells of those that another one then holds for", () => {
  const strict = anAdapterClass({ ownerContact: true }, { isDefault: true }, "another");
  expect(warnings(byDefault(), anAdapterClass(), [lab], strict)[0]).toContain("clinic/lab (baseline/owner)");
});

test("Nobody hears of who was outside before, of who comes back, or of a label", () => {
  const strict = byDefault({ ownerContact: true });
  expect(
    warnings(strict, anAdapterClass({ ownerContact: true }, { isDefault: true, description: "all" }), [lab]),
  ).toEqual([]);
  expect(warnings(strict, byDefault(), [lab])).toEqual([]);
  const labelled = { ...strict, metadata: { ...strict.metadata, labels: { a: "b" } } };
  expect(warnings(strict, labelled, [lab])).toEqual([]);
});
