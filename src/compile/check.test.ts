import { describe, expect, it } from "vitest";
import { adapter } from "../api/adapter.ts";
import { compile } from "./compile.ts";

const problems = (spec: { timeZone?: string; charset?: string }) => {
  const ehr = adapter.parse({
    apiVersion: "fascia.dev/v1alpha1",
    kind: "Adapter",
    metadata: { namespace: "default", name: "ehr" },
    spec: { system: "ehr", owner: "applications", mllp: { source: { port: 2575 } }, ...spec },
  });
  return compile({ contractVersions: [], adapters: [ehr], integrations: [] }).problems.map(({ path }) => path);
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
