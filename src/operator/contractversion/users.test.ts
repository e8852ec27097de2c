import { beforeEach, describe, expect, test } from "vitest";
import type { Adapter } from "../../api/adapter.ts";
import type { ContractVersion } from "../../api/contractversion.ts";
import type { Integration } from "../../api/integration.ts";
import { API_VERSION } from "../../api/meta.ts";
import { handCache, hear } from "../../../test/builders/handcache.ts";
import { aContractVersion, aSource, aTarget, anIntegration } from "../../../test/builders/resources.ts";
import { nameOf } from "../../policy/inuse.ts";
import { WorldReader } from "../admission/world.ts";
import type { KubeObject, ObjectMeta } from "../kube/resource.ts";
import { Users, byContract } from "./users.ts";

let versions = 0;
/** As a cache has it. */
function served(resource: ContractVersion | Adapter | Integration, more: Partial<ObjectMeta> = {}): KubeObject {
  const { kind, metadata, spec } = resource;
  const named = { ...metadata, uid: metadata.name, resourceVersion: `${++versions}`, ...more } as ObjectMeta;
  return { apiVersion: API_VERSION, kind, metadata: named, spec } as KubeObject;
}

const V1 = served(aContractVersion());
const V11 = served(aContractVersion({ version: "1.1.0" }));
const BED = served(aContractVersion({ contract: "bed" }));

const caches = () => ({
  contractVersions: handCache<KubeObject>(byContract),
  adapters: handCache<KubeObject>(byContract),
  integrations: handCache<KubeObject>(byContract),
});

const NOW = Date.parse("2027-03-01T00:00:00Z");

let there: ReturnType<typeof caches>;
let users: Users;

beforeEach(() => {
  there = caches();
  const { contractVersions, adapters, integrations } = there;
  users = new Users(
    { contractVersions: contractVersions.cache, adapters: adapters.cache, integrations: integrations.cache },
    new WorldReader(),
    { now: () => NOW },
  );
  for (const version of [V1, V11, BED]) contractVersions.put(version);
});

const namesOf = (version: KubeObject): string[] => users.of(version).map(nameOf);

describe("A version's users", () => {
  test("are who names it, and no user of another version or contract", () => {
    there.adapters.put(served(aSource("ehr")));
    there.adapters.put(served(aTarget("lab", { accepts: [{ contract: "visit", version: "1.1.0" }] })));
    there.adapters.put(served(aTarget("beds", { accepts: [{ contract: "bed", version: "1.0.0" }] })));
    expect(namesOf(V1)).toEqual(["Adapter clinic/ehr"]);
    expect(namesOf(V11)).toEqual(["Adapter clinic/lab"]);
    expect(namesOf(BED)).toEqual(["Adapter clinic/beds"]);
  });

  test("are subscriptions that it alone satisfies: a version that is being deleted stands in for no other", () => {
    there.integrations.put(served(anIntegration("admissions")));
    expect([namesOf(V1), namesOf(V11)]).toEqual([[], []]);
    const deleting = served(aContractVersion({ version: "1.1.0" }), { deletionTimestamp: "2027-01-01T00:00:00Z" });
    there.contractVersions.put(deleting);
    expect(namesOf(V1)).toEqual(["Integration clinic/admissions"]);
    expect(namesOf(deleting)).toEqual([]);
  });

  test("are subscriptions also while all versions that satisfy them are being deleted", () => {
    there.integrations.put(served(anIntegration("admissions")));
    const deletionTimestamp = "2027-01-01T00:00:00Z";
    for (const version of ["1.0.0", "1.1.0"])
      there.contractVersions.put(served(aContractVersion({ version }), { deletionTimestamp }));
    for (const version of [V1, V11]) expect(namesOf(version)).toEqual(["Integration clinic/admissions"]);
  });

  test("stay users while they are being deleted, and are none once they are gone", () => {
    const ehr = served(aSource("ehr"), { deletionTimestamp: "2027-01-01T00:00:00Z" });
    there.adapters.put(ehr);
    expect(namesOf(V1)).toEqual(["Adapter clinic/ehr"]);
    there.adapters.remove(ehr);
    expect(namesOf(V1)).toEqual([]);
  });
});

describe("Versions are woken", () => {
  let keys: string[][];
  beforeEach(() => (keys = users.watches().map(hear)));
  const woken = (): string[] => [...new Set(keys.flat())].toSorted();
  const VISITS = ["visit-v1.0.0", "visit-v1.1.0"];

  test("by Adapters and Integrations that name their contract, before or now", () => {
    there.adapters.put(served(aSource("ehr")));
    expect(woken()).toEqual(VISITS);
    there.integrations.put(served(anIntegration("beds", { from: { contract: "bed", version: "^1.0.0" } })));
    expect(woken()).toEqual(["bed-v1.0.0", ...VISITS]);
  });

  test("by other versions of their contract", () => {
    there.contractVersions.put(served(aContractVersion({ version: "1.2.0" })));
    expect(woken()).toEqual([...VISITS, "visit-v1.2.0"]);
  });

  test("by replies that become a contract", () => {
    const to = [{ adapter: "lab", reply: { contract: "bed", version: "1.0.0" } }];
    there.integrations.put(served(anIntegration("admissions", { to })));
    expect(woken()).toEqual(["bed-v1.0.0", ...VISITS]);
  });
});
