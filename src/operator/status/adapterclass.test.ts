import { expect, test } from "vitest";
import { aSource, aTarget, aWorld, anAdapterClass } from "../../../test/builders/resources.ts";
import { adapterClassVerdicts } from "./adapterclass.ts";

const clinical = anAdapterClass({ tlsOutsidePodNetwork: true, ownerContact: true }, { isDefault: true });
const trial = anAdapterClass({}, {}, "trial");
const plain = { http: { target: { url: "http://lab.example" } } };

const readyOf = (name: string, ...adapters: ReturnType<typeof aSource>[]) => {
  const { Ready } = adapterClassVerdicts({ name, invalid: [], world: aWorld(clinical, trial, ...adapters) });
  return `${Ready?.status} ${Ready?.reason}: ${Ready?.message}`;
};

test("says how many Adapters it holds for, and of those outside it which rules they do not keep", () => {
  const kept = aSource("ehr", 2575, { owner: "registration <reg@hospital.example>" });
  expect(readyOf("clinical", kept)).toBe("True Valid: it holds for 1 Adapter");
  expect(readyOf("clinical", kept, aTarget("lab", plain), aTarget("ris"))).toBe(
    "True Valid: it holds for 3 Adapters; 2 outside it: clinic/lab (baseline/tls, baseline/owner), clinic/ris (baseline/owner)",
  );
});

test("leaves out those of other classes", () => {
  const named = aTarget("lab", { ...plain, class: "trial" });
  expect([readyOf("clinical", named), readyOf("trial", named)]).toEqual([
    "True Valid: it holds for 0 Adapters",
    "True Valid: it holds for 1 Adapter",
  ]);
});

test("names five of those outside, in order, and counts the others", () => {
  const many = ["g", "f", "e", "d", "c", "b", "a"].map((name) => aTarget(name));
  expect(readyOf("clinical", ...many)).toMatch(
    /; 7 outside it: clinic\/a .* clinic\/e \(baseline\/owner\) and 2 more$/,
  );
});
