import { expect, test } from "vitest";
import { aContractVersion, aDataDomain, aSource, aWorld, anAdapterClass } from "../../../test/builders/resources.ts";
import { evaluate } from "../evaluate.ts";
import type { Change } from "../rule.ts";
import { rightsAsked } from "./asked.ts";
import { rightId } from "./rights.ts";
import { NOT_STEWARD, stewardship } from "./steward.ts";

const care = aDataDomain();
const world = aWorld(care, aDataDomain({}, "billing"));
const stranger = { name: "ada", groups: [] };
const stewardOf = (...domains: string[]) => ({
  ...stranger,
  rights: new Set(domains.map((domain) => rightId(stewardship(domain)))),
});
const draft = aContractVersion({ lifecycle: {} });
const stewardOfClass = { ...stranger, rights: new Set([rightId(stewardship("clinical", "adapterclasses"))]) };
const created = { operation: "CREATE", new: draft } as const;
const moved = { operation: "UPDATE", old: draft, new: aContractVersion({ lifecycle: {}, domain: "billing" }) } as const;
const labelled = { ...draft, metadata: { ...draft.metadata, labels: { ward: "3" } } };

test.each<[string, Partial<Change>, Change["user"], string[]]>([
  ["a contract of a stranger", created, stranger, ["spec.domain"]],
  ["a contract of its domain's steward", created, stewardOf("care"), []],
  ["a contract that leaves a domain for one of the author's", moved, stewardOf("billing"), ["spec.domain"]],
  ["a contract that goes from one to another of the author's", moved, stewardOf("care", "billing"), []],
  ["a label", { operation: "UPDATE", old: draft, new: labelled }, stranger, []],
  ["a contract of a domain that nobody has declared", { new: aContractVersion({ domain: "lab" }) }, stranger, []],
  ["an Adapter", { new: aSource("ehr") }, stranger, []],
  ["a domain of a stranger", { new: aDataDomain({}, "lab") }, stranger, ["spec"]],
  ["a class of a stranger", { new: anAdapterClass() }, stranger, ["spec"]],
  [
    "a class of a steward of the domain of that name",
    { new: anAdapterClass({}, {}, "care") },
    stewardOf("care"),
    ["spec"],
  ],
  ["a class of its steward", { new: anAdapterClass() }, stewardOfClass, []],
  ["a domain of its steward", { new: aDataDomain({}, "lab") }, stewardOf("lab"), []],
  ["a manifest, which nobody applies", created, undefined, []],
])("%s", (_title, change, user, refused) => {
  const whole = { operation: "CREATE", dryRun: false, now: 0, user, ...change } as const;
  expect(evaluate(whole, world, [NOT_STEWARD]).map(({ path }) => path)).toEqual(refused);
});

test("the refusal names the domain, its owner and the verb", () => {
  const [verdict] = evaluate({ ...created, user: stranger, dryRun: false, now: 0 }, world, [NOT_STEWARD]);
  expect(verdict?.message).toBe(
    "ada is no steward of the domain care: ask its owner (care <care@hospital.example>), or for the verb steward on datadomains.fascia.dev/care",
  );
});

test("of a class it names the owner that was, who is asked to hand it over", () => {
  const taken = anAdapterClass({}, { owner: "me" });
  const change = {
    operation: "UPDATE",
    old: anAdapterClass(),
    new: taken,
    user: stranger,
    dryRun: false,
    now: 0,
  } as const;
  expect(evaluate(change, world, [NOT_STEWARD]).map(({ message }) => message)).toEqual([
    "ada is no steward of the class clinical: ask its owner (review board <review@hospital.example>), or for the verb steward on adapterclasses.fascia.dev/clinical",
  ]);
});

test("rights are asked about only where a rule needs them", () => {
  const asked = (change: Partial<Change>) =>
    rightsAsked({ operation: "CREATE", dryRun: false, now: 0, ...change }, world).map(({ name }) => name);
  expect([asked(created), asked(moved), asked({ new: aSource("ehr") })]).toEqual([["care"], ["care", "billing"], []]);
});
