import { describe, expect, test } from "vitest";
import { aContractVersion, aDataDomain, aSource, anIntegration } from "../../../test/builders/resources.ts";
import { byKind } from "../../compile/resources.ts";
import { WorldReader } from "./world.ts";

const reader = new WorldReader();
const stored = <R extends object>(resource: R) => ({ ...resource, status: { observedGeneration: 1 } });

describe("The world that rules see", () => {
  test("is made of stored objects, without what others write into them", () => {
    const resources = [aContractVersion(), aSource("ehr"), anIntegration("visits")] as const;
    const [contract, adapter, integration] = resources.map(stored);
    const objects = {
      contractVersions: [contract ?? {}],
      adapters: [adapter ?? {}],
      integrations: [integration ?? {}],
    };
    expect(reader.world(objects)).toEqual({
      ...byKind(resources),
      sharedAddress: false,
      uses: new Map(),
      denied: new Set(),
    });
  });

  test("has the account of uses that the operator keeps, where it has begun one", () => {
    const since = "2027-01-01T00:00:00Z";
    const uses = [{ kind: "Adapter", namespace: "clinic", name: "ehr", uid: "7f0c", since }];
    const contractVersions = [
      { ...aContractVersion(), status: { uses } },
      { ...aContractVersion({ version: "1.1.0" }), status: { uses: [] } },
      { ...aContractVersion({ version: "1.2.0" }), status: {} },
      { ...aContractVersion({ version: "1.3.0" }), status: { uses: "all" } },
    ];
    expect(reader.world({ contractVersions }).uses).toEqual(
      new Map([
        ["visit-v1.0.0", uses],
        ["visit-v1.1.0", []],
      ]),
    );
  });

  test("has the domains that the operator says are denied, as they stand", () => {
    const domain = (name: string, generation: number, type: string, reason: string) => {
      const { metadata, ...rest } = aDataDomain({}, name);
      const status = { conditions: [{ type, reason, observedGeneration: 2 }] };
      return { ...rest, metadata: { ...metadata, generation }, status };
    };
    const dataDomains = [
      domain("denied", 2, "Ready", "PolicyDenied"),
      domain("edited-since", 3, "Ready", "PolicyDenied"),
      domain("invalid", 2, "Ready", "Invalid"),
      domain("stalled", 2, "Stalled", "PolicyDenied"),
      aDataDomain({}, "new"),
    ];
    expect(reader.world({ dataDomains }).denied).toEqual(new Set(["denied"]));
  });

  test("has defaults where an older schema had none", () => {
    const old = { ...aSource("ehr"), spec: { ...aSource("ehr").spec, raw: undefined } };
    const { adapters } = reader.world({ contractVersions: [], adapters: [stored(old)], integrations: [] });
    expect(adapters[0]?.spec.raw).toEqual(aSource("ehr").spec.raw);
  });

  test("leaves out what can no longer be read", () => {
    const unreadable = [{}, { kind: "Adapter" }, stored({ ...aSource("old"), spec: { pigeons: 3 } })];
    const adapters = [...unreadable, stored(aSource("ehr"))];
    expect(reader.world({ contractVersions: [], adapters, integrations: [] }).adapters).toEqual([aSource("ehr")]);
  });

  test("has the very spec again of an object whose status changed", () => {
    const before = stored(aSource("ehr"));
    const after = { ...before, status: { observedGeneration: 2 } };
    const [first, second] = [before, after].map(
      (adapter) => reader.world({ contractVersions: [], adapters: [adapter], integrations: [] }).adapters[0],
    );
    expect(second?.spec).toBe(first?.spec);
  });

  test("of the same lists has the same lists, and of another list what that one holds", () => {
    const [ehr, lis] = [stored(aSource("ehr")), stored(aSource("lis"))];
    const objects = { contractVersions: [stored(aContractVersion())], adapters: [ehr], integrations: [] };
    const [first, again] = [reader.world(objects), reader.world({ ...objects })];
    expect(again.adapters).toBe(first.adapters);
    expect(again.uses).toBe(first.uses);
    const more = reader.world({ ...objects, adapters: [ehr, lis] });
    expect(more.adapters).toEqual([aSource("ehr"), aSource("lis")]);
    expect(more.contractVersions).toBe(first.contractVersions);
  });

  test("of ten thousand objects costs little when it is asked for again", () => {
    const integrations = Array.from({ length: 10_000 }, (_, i) => stored(anIntegration(`route-${i}`)));
    const objects = { contractVersions: [], adapters: [], integrations };
    expect(reader.world(objects).integrations).toHaveLength(10_000);
    const begun = performance.now();
    for (let i = 0; i < 10; i++) reader.world(objects);
    expect((performance.now() - begun) / 10).toBeLessThan(20);
  });
});
