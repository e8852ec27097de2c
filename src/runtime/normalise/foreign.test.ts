import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { eventually } from "../../../test/builders/eventually.ts";
import { type TestNats, startNats } from "../../../test/builders/nats.ts";
import { SourceRig, received } from "../../../test/builders/sourcerig.ts";
import type { OnConflict } from "../../api/datadomain.ts";
import { HEADER } from "../../jetstream/headers.ts";
import type { Ingest } from "../ingest.ts";

let nats: TestNats;
let rig: SourceRig;

beforeAll(async () => void (nats = await startNats()));
afterEach(() => rig.stop());
afterAll(() => nats.stop());

/** What the adapter's configuration says from now on becomes of its messages about allergies. */
function own(onConflict: OnConflict): void {
  const { contracts } = rig.config;
  for (const [key, { json: _, ...spec }] of Object.entries(contracts))
    contracts[key] = { ...spec, fhir: { release: "R4", resources: ["Encounter"] } };
  const entity = { entity: "AllergyIntolerance", domain: "care", owner: "care <c@h>", primary: "ehr", fields: [] };
  rig.config.ownership = { emitted: [{ ...entity, onConflict }] };
}

const of = (...resources: string[]) => ({
  resourceType: "Bundle",
  type: "collection",
  entry: resources.map((resourceType) => ({ resource: { resourceType, text: "CANARY" } })),
});
const send = async (ingest: Ingest, id: string, body: object) => (await ingest.receive(received(id, body))).status;
const done = () => eventually(async () => expect(await rig.unacknowledged()).toBe(0));
const told = async () => (await rig.records()).map(({ outcome, rule, stripped }) => [outcome, rule, stripped]);
const counted = async () =>
  [...(await rig.measured()).matchAll(/^fascia_ownership_conflicts_total{.*outcome="(\w+)"} (\d+)/gm)].map(
    ([, outcome, count]) => [outcome, count],
  );

const RULE = "ownership/foreign-field";

test("what is stripped is told, and a message of which nothing is left is done with, and blocks nobody", async () => {
  rig = await SourceRig.create(nats);
  own("Strip");
  const ingest = await rig.ingest();
  await rig.normaliser();
  expect(await send(ingest, "1", of("AllergyIntolerance"))).toBe("Accepted");
  expect(await send(ingest, "2", of("AllergyIntolerance", "Encounter"))).toBe("Accepted");
  expect(await send(ingest, "3", of("Encounter"))).toBe("Accepted");
  await done();
  expect(await rig.bodies()).toEqual([of("Encounter"), of("Encounter")]);
  expect(await told()).toEqual([
    ["Stripped", RULE, ["AllergyIntolerance"]],
    ["Published", RULE, ["AllergyIntolerance"]],
    ["Published", undefined, undefined],
  ]);
  expect(await counted()).toEqual([["Stripped", "2"]]);
});

test("what is to be rejected is not stored, and what was accepted before that goes to quarantine, whole", async () => {
  rig = await SourceRig.create(nats);
  const before = await rig.ingest();
  expect(await send(before, "1", of("AllergyIntolerance", "Encounter"))).toBe("Accepted");
  own("Reject");
  const ingest = await rig.ingest();
  expect(await send(ingest, "2", of("AllergyIntolerance", "Encounter"))).toBe("Rejected");
  expect(await rig.originals()).toHaveLength(1);
  await rig.normaliser();
  await done();
  expect(await rig.published()).toEqual([]);
  const [aside] = await rig.quarantined();
  expect(JSON.parse(Buffer.from(aside?.data ?? "").toString())).toEqual(of("AllergyIntolerance", "Encounter"));
  expect(aside?.header(HEADER.reason)).toMatch(/^ownership\/foreign-field: it says what the system s does not own/);
  await eventually(async () =>
    expect((await told()).toSorted()).toEqual([
      ["Quarantined", RULE, undefined],
      ["Rejected", RULE, undefined],
    ]),
  );
  expect(JSON.stringify(await rig.records())).not.toContain("CANARY");
  expect((await counted()).toSorted()).toEqual([
    ["Quarantined", "1"],
    ["Rejected", "1"],
  ]);
});
