import { describe, expect, test } from "vitest";
import type { ContractVersionSpec, Sensitivity, Translation } from "../api/contractversion.ts";
import { bundle, fhir, json, resourcesOf, substitutes } from "./minimise/testkit.ts";
import { visibleAfter } from "./visible.ts";

type Declared = { path: string } & Partial<Sensitivity>;
type Patch = NonNullable<Translation["patch"]>;

const restricted = (entries: Declared[]) => entries.map((entry) => ({ level: "Restricted" as const, ...entry }));
const of = (...entries: Declared[]): ContractVersionSpec => json(...restricted(entries));
const ofFhir = (...entries: Declared[]): ContractVersionSpec => fhir(...restricted(entries));
const silent = json();
const byPatch = (...patch: Patch): Translation => ({ from: "1.0.0", patch });
const byExpression = (jsonata: string): Translation => ({ from: "1.0.0", jsonata });
const asItIs = byPatch();

/** What a receiver of Internal clearance gets of a message of `first`, which each step makes one of the next version. */
const seen = (
  payload: unknown,
  first: ContractVersionSpec,
  ...steps: [Translation, ContractVersionSpec | undefined][]
) =>
  visibleAfter(
    payload,
    first,
    steps.map(([by, contract]) => ({ by, contract, version: "x" })),
    "Internal",
    substitutes,
  );

test("a message of the version that is accepted, of which nothing is hidden, is handed on as it is", async () => {
  const payload = { ssn: "1" };
  expect(await seen(payload, silent)).toBe(payload);
});

describe("What one version hides stays hidden", () => {
  const member = { ssn: "CANARY", name: "Ada" };

  test.each<[string, ContractVersionSpec, [Translation, ContractVersionSpec | undefined][]]>([
    ["from who accepts another that says nothing of it", of({ path: "ssn" }), [[asItIs, silent]]],
    ["where only the version that is accepted says so", silent, [[asItIs, of({ path: "ssn" })]]],
    [
      "where only a version between says so",
      silent,
      [
        [asItIs, of({ path: "ssn" })],
        [asItIs, silent],
      ],
    ],
    [
      "over a version that nobody declares any more",
      of({ path: "ssn" }),
      [
        [asItIs, undefined],
        [asItIs, silent],
      ],
    ],
    [
      "from who another version thinks may see it",
      of({ path: "ssn" }),
      [[asItIs, of({ path: "ssn", level: "Public" })]],
    ],
    ["where nobody says what others get", of({ path: "ssn", minimise: undefined }), [[asItIs, silent]]],
  ])("%s", async (_, first, steps) => {
    expect(await seen(member, first, ...steps)).toEqual({ name: "Ada" });
  });

  test.each<[string, Translation, object]>([
    ["a patch that moves it", byPatch({ op: "move", from: "/ssn", path: "/number" }), { name: "Ada" }],
    ["a patch that copies it", byPatch({ op: "copy", from: "/ssn", path: "/number" }), { name: "Ada" }],
    ["an expression that renames it", byExpression('{ "number": ssn, "name": name }'), { name: "Ada" }],
    ["an expression that puts it into a text", byExpression('{ "note": name & " " & ssn }'), { note: "Ada " }],
  ])("whatever becomes of it: %s", async (_, by, expected) => {
    expect(await seen(member, of({ path: "ssn" }), [by, silent])).toEqual(expected);
  });

  test("in FHIR", async () => {
    const patient = { resourceType: "Patient", id: "p", telecom: [{ value: "CANARY" }] };
    const made = await seen(bundle(patient), ofFhir({ path: "Patient.telecom" }), [asItIs, fhir()]);
    expect(resourcesOf({ payload: made })).toEqual([{ resourceType: "Patient", id: "p" }]);
  });
});

describe("A patch of a message from which something was taken", () => {
  const member = { ssn: "1", contact: { phone: "2" }, name: "Ada" };
  const hiding = of({ path: "ssn" }, { path: "contact" });

  test("goes on where it finds nothing", async () => {
    const by = byPatch(
      { op: "remove", path: "/ssn" },
      { op: "replace", path: "/ssn", value: "?" },
      { op: "add", path: "/contact/mail", value: "?" },
      { op: "move", from: "/name", path: "/called" },
    );
    expect(await seen(member, hiding, [by, silent])).toEqual({ called: "Ada" });
  });

  test("fails as ever where nothing was taken", async () => {
    const by = byPatch({ op: "remove", path: "/absent" });
    await expect(seen(member, silent, [by, silent])).rejects.toMatchObject({ code: "TranslationFailed" });
  });

  test("fails rather than change another item than the one that it counts to", async () => {
    const two = bundle({ resourceType: "Patient", id: "p" }, { resourceType: "Encounter", id: "e" });
    const by = byPatch({ op: "replace", path: "/entry/1/resource/id", value: "?" });
    await expect(seen(two, ofFhir({ path: "Patient" }), [by, fhir()])).rejects.toThrow("it counts items of a list");
    expect(resourcesOf({ payload: await seen(two, ofFhir({ path: "Patient.name" }), [by, fhir()]) })).toEqual([
      { resourceType: "Patient", id: "p" },
      { resourceType: "Encounter", id: "?" },
    ]);
  });
});

describe("What stands in for a value", () => {
  const tokenised: Declared = { path: "ssn", minimise: "Tokenise" };
  const zip: Declared = { path: "zip", minimise: "Generalise", generaliseTo: "Zip3" };
  const member = { ssn: "12345", zip: "10001" };
  const once = { ssn: "token:5", zip: "100" };

  test("is the same whichever version a message comes in", async () => {
    const contract = of(tokenised, zip);
    expect(await seen(member, contract)).toEqual(once);
    expect(await seen(member, contract, [asItIs, contract], [asItIs, contract])).toEqual(once);
    expect(await seen(member, silent, [asItIs, contract])).toEqual(once);
    expect(await seen(member, contract, [asItIs, silent])).toEqual(once);
  });

  test("goes where another version hides more", async () => {
    expect(await seen(member, of(tokenised, zip), [asItIs, of({ path: "ssn" }, { path: "zip" })])).toEqual({});
    const year: Declared = { ...zip, generaliseTo: "Year" };
    expect(await seen(member, of(zip), [asItIs, of(year)])).toEqual({ ssn: "12345" });
  });

  test("does not cover another value that is the same", async () => {
    const pin: Declared = { path: "pin", minimise: "Tokenise" };
    expect(await seen({ zip: "10001", pin: "100" }, of(zip), [asItIs, of(zip, pin)])).toEqual({
      zip: "100",
      pin: "token:3",
    });
  });
});
