import { expect, test } from "vitest";
import { aContractVersion, aSource, aTarget, anIntegration } from "../../test/builders/resources.ts";
import type { Resource } from "./resources.ts";
import { calendarOf } from "./calendar.ts";
import { compile } from "./compile.ts";
import { byKind } from "./resources.ts";

const lifecycle = { deprecatedOn: "2027-01-01T00:00:00Z" };
const teller = aSource("teller", 0, { mllp: undefined, lifecycle: { source: {} } });
const consumersOf = (...resources: Resource[]) =>
  calendarOf(byKind([aContractVersion({ lifecycle }), ...resources])).map(({ consumers }) =>
    consumers.map(({ kind, name }) => `${kind} ${name}`),
  );

test("An adapter that tells of lives knows those that end, and no other adapter does", () => {
  const versions = [aContractVersion(), aContractVersion({ version: "2.0.0", lifecycle })];
  const { configs } = compile(byKind([...versions, teller, aSource("ehr")]));
  expect(configs.map(({ name, calendar }) => [name, calendar?.map((entry) => entry.name)])).toEqual([
    ["ehr", undefined],
    ["teller", ["visit-v2.0.0"]],
  ]);
});

test("What it has told is remembered for longer than it is told late", () => {
  const { streams } = compile(byKind([aContractVersion(), teller]));
  const raw = streams.find(({ role }) => role === "raw");
  expect([raw?.duplicateWindowSeconds, raw?.retentionSeconds]).toEqual([31 * 86_400, 31 * 86_400]);
});

test("A ContractVersion that the API server made is known by its uid", () => {
  const made = aContractVersion({ lifecycle });
  const [entry] = calendarOf(byKind([{ ...made, metadata: { ...made.metadata, uid: "u1" } }]));
  expect(entry?.uid).toBe("u1");
});

test.each<[string, Resource, string[]]>([
  ["who emits it", aSource("ehr"), ["Adapter ehr"]],
  ["who accepts it", aTarget("lab"), ["Adapter lab"]],
  ["who emits another version", aSource("ehr", 1, { emits: [{ contract: "visit", version: "2.0.0" }] }), []],
  ["who takes a range", anIntegration("visits"), []],
  [
    "who takes this one",
    anIntegration("visits", { from: { contract: "visit", version: "1.0.0" } }),
    ["Integration visits"],
  ],
  [
    "who delivers this one",
    anIntegration("visits", { to: [{ adapter: "lab", version: "1.0.0" }] }),
    ["Integration visits"],
  ],
])("Consumers: %s", (_, resource, names) => expect(consumersOf(resource)).toEqual([names]));
