import { describe, expect, test } from "vitest";
import { aContractVersion, aSource, aWorld, anAdapterClass } from "../../test/builders/resources.ts";
import { compile } from "./compile.ts";
import { withDefaults } from "./defaults.ts";

const resources = { requests: { cpu: "100m" } };
const tolerations = [{ key: "edge", operator: "Exists" as const }];
const defaults = {
  timeZone: "Europe/Berlin",
  charset: "8859/1",
  resources,
  pod: { nodeSelector: { zone: "a" }, tolerations, priorityClassName: "clinical" },
};
const clinical = anAdapterClass({}, { isDefault: true, defaults });
const EVERY = [
  "spec.timeZone",
  "spec.charset",
  "spec.resources",
  "spec.pod.nodeSelector",
  "spec.pod.tolerations",
  "spec.pod.priorityClassName",
];

describe("What an Adapter leaves out, its class says", () => {
  test("of every field that a class may have a default of, and it is told which", () => {
    const { adapter, class: holding, given } = withDefaults(aSource("ehr"), [clinical]);
    expect(adapter.spec).toMatchObject(defaults);
    expect([holding, given.toSorted()]).toEqual(["clinical", EVERY.toSorted()]);
  });

  test("and what it says itself stays, each field as a whole", () => {
    const own = { timeZone: "UTC", resources: { limits: { memory: "1Gi" } }, pod: { nodeSelector: {} } };
    const { adapter, given } = withDefaults(aSource("ehr", 2575, own), [clinical]);
    expect(adapter.spec).toMatchObject({ ...defaults, ...own, pod: { ...defaults.pod, ...own.pod } });
    expect(adapter.spec.resources).toEqual(own.resources);
    expect(given.toSorted()).toEqual(["spec.charset", "spec.pod.priorityClassName", "spec.pod.tolerations"]);
  });

  test("by the class that it names, not by the default one", () => {
    const trial = anAdapterClass({}, { defaults: { timeZone: "Asia/Tokyo" } }, "trial");
    const { adapter, given } = withDefaults(aSource("ehr", 2575, { class: "trial" }), [clinical, trial]);
    expect([adapter.spec.timeZone, given]).toEqual(["Asia/Tokyo", ["spec.timeZone"]]);
  });

  test("or nobody, and then it is the very same Adapter", () => {
    const ehr = aSource("ehr");
    expect(withDefaults(ehr, [])).toEqual({ adapter: ehr, given: [] });
    expect(withDefaults(ehr, []).adapter).toBe(ehr);
    expect(withDefaults(ehr, [anAdapterClass({}, { isDefault: true })]).adapter).toBe(ehr);
  });

  test("and never the resource itself", () => {
    const ehr = aSource("ehr");
    const before = structuredClone(ehr);
    compile(aWorld(aContractVersion(), ehr, clinical));
    expect(ehr).toEqual(before);
  });
});

describe("An adapter's configuration", () => {
  const configOf = (...classes: Parameters<typeof aWorld>) =>
    compile(aWorld(aContractVersion(), aSource("ehr"), ...classes)).configs[0];

  test("has what its class says, and is another one when that changes", () => {
    expect(configOf(clinical)?.spec).toMatchObject({ timeZone: "Europe/Berlin", charset: "8859/1" });
    expect(configOf(clinical)?.revision).not.toBe(configOf()?.revision);
  });

  test("is the same when its class changes what concerns only pods", () => {
    const pods = anAdapterClass({}, { isDefault: true, defaults: { resources, pod: defaults.pod } });
    expect(configOf(pods)?.revision).toBe(configOf()?.revision);
  });
});
