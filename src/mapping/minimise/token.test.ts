import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import type { HashKey } from "../../base/hash.ts";
import { minimise } from "../minimise.ts";
import { bundle, fhir } from "./testkit.ts";
import { tokenMaker } from "./token.ts";

const key = (fill: number, id = "k1"): HashKey => ({ id, secret: new Uint8Array(32).fill(fill) });
const token = tokenMaker(key(1));

it("a value has one token, whoever makes it, and another value another one", () => {
  expect(token("100001", "Patient.identifier.value")).toBe(tokenMaker(key(1))("100001", "Patient.identifier.value"));
  expect(token("100001", "Patient.identifier.value")).not.toBe(token("100002", "Patient.identifier.value"));
});

it("the same value in another element has another token, however paths and values are put together", () => {
  expect(token("F", "Patient.gender")).not.toBe(token("F", "Patient.name.given"));
  expect(token("bc", "a")).not.toBe(token("c", "ab"));
});

it("in a message it depends on neither the place, the receiver's clearance nor what is around", () => {
  const rule = { path: "Patient.identifier.value", level: "Restricted", minimise: "Tokenise" } as const;
  const patient = { resourceType: "Patient", identifier: [{ value: "100001" }] };
  const encounter = { resourceType: "Encounter", contained: [{ ...patient, active: true }] };
  const tokens = (["Public", "Confidential"] as const).flatMap((clearance) => {
    const seen = minimise(bundle(encounter, patient), fhir(rule), clearance, { token, at: 0 });
    return [...JSON.stringify(seen.payload).matchAll(/"value":"([^"]+)"/g)].map(([, made]) => made);
  });
  expect(tokens).toHaveLength(4);
  expect(new Set(tokens)).toEqual(new Set([token("100001", "Patient.identifier.value")]));
});

it("a value of which there are few can't be found by trying all of them without the key", () => {
  const path = "Patient.gender";
  const seen = token("female", path);
  const guesses = ["male", "female", "other", "unknown"].flatMap((value) => [
    ...[key(0), key(2)].map((other) => tokenMaker(other)(value, path)),
    ...["sha256", "sha1", "md5"].flatMap((algorithm) =>
      [value, path + value, `k1${value}`, `token${path}${value}`].map((text) =>
        createHash(algorithm).update(text).digest("base64url").slice(0, 22),
      ),
    ),
  ]);
  expect(guesses.filter((guess) => guess === seen || `k1.${guess}` === seen)).toEqual([]);
  expect(seen).toMatch(/^k1\.[\w-]{22}$/);
});

it("says by which key it was made, so that one of another key is known as such", () => {
  expect(tokenMaker(key(2, "k2"))("100001", "member")).toMatch(/^k2\./);
});
