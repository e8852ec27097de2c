import { describe, expect, it } from "vitest";
import { adapter } from "../api/adapter.ts";
import { type Translation, contractVersion } from "../api/contractversion.ts";
import { compile } from "./compile.ts";
import { byKind } from "./resources.ts";

const problems = (spec: { timeZone?: string; charset?: string }) => {
  const ehr = adapter.parse({
    apiVersion: "fascia.dev/v1alpha1",
    kind: "Adapter",
    metadata: { namespace: "default", name: "ehr" },
    spec: { system: "ehr", owner: "applications", mllp: { source: { port: 2575 } }, ...spec },
  });
  return compile(byKind([ehr])).problems.map(({ path }) => path);
};

describe("what would put every message of an adapter into quarantine is a problem of its manifest", () => {
  it.each(["Mars/Phobos", "../../etc/localtime", "+99:00", ""])("a time zone that is none: %j", (timeZone) => {
    expect(problems({ timeZone })).toEqual(["spec.timeZone"]);
  });

  it.each(["KLINGON", "__proto__", ""])("a character set that is not supported: %j", (charset) => {
    expect(problems({ charset })).toEqual(["spec.charset"]);
  });

  it("but not one that is known", () => {
    for (const timeZone of ["Europe/Berlin", "UTC", "Etc/GMT+12"]) expect(problems({ timeZone })).toEqual([]);
    for (const charset of ["8859/1", "UNICODE UTF-8", "ASCII"]) expect(problems({ charset })).toEqual([]);
  });
});

it("what is wrong is told each time, also of what was looked into before", () => {
  const ehr = adapter.parse({
    apiVersion: "fascia.dev/v1alpha1",
    kind: "Adapter",
    metadata: { namespace: "default", name: "ehr" },
    spec: { system: "ehr", owner: "applications", mllp: { source: { port: 2575 } }, timeZone: "Mars/Phobos" },
  });
  const told = () => compile(byKind([ehr])).problems;
  const first = told();
  expect(first).toHaveLength(1);
  expect(told()).toEqual(first);
});

describe("an expression", () => {
  const said = (emit: object) => {
    const source = { port: 2575, path: "/" };
    const spec = { system: "s", owner: "o", http: { source }, emits: [{ contract: "c", version: "1.0.0", ...emit }] };
    const metadata = { namespace: "default", name: "ehr" };
    const web = adapter.parse({ apiVersion: "fascia.dev/v1alpha1", kind: "Adapter", metadata, spec });
    const { problems: found } = compile(byKind([web]));
    return found.filter(({ invalid }) => invalid).map(({ path, reason }) => `${path}: ${reason}`);
  };

  it("that calls a function that does not exist is a problem of its manifest, with its place", () => {
    expect(said({ mapping: { version: "1", jsonata: "{\n 'a': $uppercas(x) }" } })).toEqual([
      "spec.emits[0].mapping.jsonata: the expression is wrong at line 2, column 15: $uppercas does not exist: it is no function of JSONata, and nothing binds it here",
    ]);
  });

  it("may use $message only where it is bound", () => {
    expect(said({ mapping: { version: "1", jsonata: "$message.event" } })).toEqual([]);
    expect(said({ key: "$message.event" })).toEqual([expect.stringMatching(/^spec\.emits\[0\]\.key: .*\$message/)]);
    expect(said({ event: "$message.event" })).toEqual([expect.stringMatching(/^spec\.emits\[0\]\.event: .*\$message/)]);
  });
});

describe("a translation between versions", () => {
  const said = (translation: Translation) => {
    const metadata = { name: "c-v1.1.0" };
    const spec = { contract: "c", version: "1.1.0", domain: "d", owner: "o", json: { schema: {} } };
    const declared = contractVersion.parse({
      apiVersion: "fascia.dev/v1alpha1",
      kind: "ContractVersion",
      metadata,
      spec: { ...spec, translations: [translation] },
    });
    const { problems: found } = compile(byKind([declared]));
    return found.map(({ path, invalid, reason }) => `${path}${invalid ? "" : "?"}: ${reason}`);
  };

  it("whose JSON Patch can apply to nothing is a problem of its manifest, with the operation", () => {
    expect(said({ to: "1.0.0", patch: [{ op: "remove", path: "/a" }] })).toEqual([]);
    const wrong = said({ to: "1.0.0", patch: [{ op: "add", path: "/a" }] });
    expect(wrong).toEqual([expect.stringMatching(/^spec\.translations\[0\]\.patch: .*needs `value`/)]);
  });

  it("whose expression is none, or uses $message, is one, too", () => {
    expect(said({ to: "1.0.0", jsonata: "{ 'a': b }" })).toEqual([]);
    for (const jsonata of ["{ 'a': ", "$message.event"])
      expect(said({ to: "1.0.0", jsonata })).toEqual([expect.stringMatching(/^spec\.translations\[0\]\.jsonata: /)]);
  });
});
