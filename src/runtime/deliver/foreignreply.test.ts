import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { Delivery } from "../../../test/builders/delivery.ts";
import { type TestNats, startNats } from "../../../test/builders/nats.ts";
import { delivered } from "../../../test/builders/scriptedtarget.ts";
import type { OnConflict } from "../../api/datadomain.ts";
import { hubStream } from "../../compile/names.ts";
import { readMessages } from "../../jetstream/read.ts";

let nats: TestNats;
let delivery: Delivery;

beforeAll(async () => void (nats = await startNats()));
beforeEach(async () => void (delivery = await Delivery.create(nats)));
afterAll(() => nats.stop());
afterEach(() => delivery.stop());

/** A target that answers in FHIR, and what becomes of it where it says something of allergies. */
function answersInFhir(onConflict: OnConflict): void {
  const { config, domain } = delivery;
  const [route] = config.routes;
  const [note] = Object.values(config.contracts);
  if (!route || !note) throw new Error("there is no route");
  const fhir = { release: "R4" as const, resources: ["Encounter"] };
  const { json: _, ...answer } = { ...note, version: "1.1.0", fhir };
  config.contracts["note@1.1.0"] = answer;
  Object.assign(route, { reply: { contract: "note", version: "1.1.0", domain }, events: ["message"] });
  const entity = { entity: "AllergyIntolerance", domain: "care", owner: "care <c@h>", primary: "ehr", fields: [] };
  config.ownership = { emitted: [{ ...entity, onConflict }] };
}

const of = (...resources: string[]) => ({
  resourceType: "Bundle",
  type: "collection",
  entry: resources.map((resourceType) => ({ resource: { resourceType } })),
});

async function replyWith(reply: object): Promise<unknown[]> {
  delivery.target.answer = () => ({ ...delivered, reply });
  await delivery.start();
  await delivery.publish({ id: "a" }, "k");
  await delivery.settled();
  await delivery.stopWorkers();
  const replies: unknown[] = [];
  for await (const { subject, data } of readMessages(delivery.hub, hubStream(delivery.domain), ">", { sequence: 1 }))
    if (subject.includes(".reply.")) replies.push(JSON.parse(Buffer.from(data).toString()));
  return replies;
}
const told = async () =>
  (await delivery.records())
    .filter(({ hop }) => hop === "Normalised")
    .map(({ version, outcome, rule, stripped }) => ({ version, outcome, rule, stripped }));

const STRIPPED = { version: "1.1.0", rule: "ownership/foreign-field", stripped: ["AllergyIntolerance"] };

test("a reply is published without what its system does not own, and lineage tells", async () => {
  answersInFhir("Strip");
  expect(await replyWith(of("Encounter", "AllergyIntolerance"))).toEqual([of("Encounter")]);
  expect(await told()).toEqual([STRIPPED]);
  expect(await delivery.quarantined()).toEqual([]);
});

test("a reply of which nothing is left is not published", async () => {
  answersInFhir("Strip");
  expect(await replyWith(of("AllergyIntolerance"))).toEqual([]);
  expect(await told()).toEqual([{ ...STRIPPED, outcome: "Stripped" }]);
});

test.each(["Quarantine", "Reject"] as const)(
  "a reply goes to quarantine, whole, where it is to be %s",
  async (wanted) => {
    answersInFhir(wanted);
    expect(await replyWith(of("Encounter", "AllergyIntolerance"))).toEqual([]);
    const [aside] = await delivery.quarantined();
    expect(aside?.reason).toMatch(/^reply of default\/\w+: ownership\/foreign-field: .* AllergyIntolerance \(ehr\)/);
    expect(JSON.parse(Buffer.from(aside?.stored.data ?? "").toString())).toEqual(of("Encounter", "AllergyIntolerance"));
    expect(delivery.target.ids).toEqual(["a"]);
  },
);

test("a reply that says only what is its system's is published as it is", async () => {
  answersInFhir("Quarantine");
  expect(await replyWith(of("Encounter"))).toEqual([of("Encounter")]);
  expect(await told()).toEqual([]);
});
