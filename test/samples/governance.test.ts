import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { lint } from "../../src/standalone/lint.ts";
import { loadSample } from "./sample.ts";

const directories = ["hospital", "governance"].map((name) =>
  fileURLToPath(new URL(`../../config/samples/${name}`, import.meta.url)),
);

describe("The governance sample", () => {
  test.each(["2026-02-01", "2027-03-01", "2040-01-01"])("has nothing against the hospital, as of %s", async (day) => {
    for (const sharedAddress of [true, false]) {
      const { findings, resources } = await lint(directories, { now: Date.parse(day), sharedAddress });
      expect(findings).toEqual([]);
      expect(new Set(resources.map(({ kind }) => kind)).size).toBe(6);
    }
  });

  test("names Adapters and systems as the hospital has them", async () => {
    const [{ adapters }, { dataDomains }] = await Promise.all([loadSample("hospital"), loadSample("governance")]);
    const acting = adapters.map(({ metadata, spec }) => `${metadata.namespace}/${metadata.name} ${spec.system}`);
    const claims = dataDomains.flatMap(({ spec }) => spec.systems ?? []);
    for (const { system, adapters: named } of claims)
      for (const { namespace, name } of named) expect(acting).toContain(`${namespace}/${name} ${system}`);
    const systems = adapters.map(({ spec }) => spec.system);
    for (const { primary, consumers = [] } of dataDomains.flatMap(({ spec }) => spec.entities ?? []))
      for (const system of [primary, ...consumers]) expect(systems).toContain(system);
  });
});
