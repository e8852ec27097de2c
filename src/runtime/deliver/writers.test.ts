import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Delivery } from "../../../test/builders/delivery.ts";
import { eventually } from "../../../test/builders/eventually.ts";
import { type TestNats, startNats } from "../../../test/builders/nats.ts";
import type { OwnedEntity } from "../../compile/ownership.ts";
import { Writers } from "./writers.ts";

const PATIENT: OwnedEntity = {
  entity: "Patient",
  domain: "care",
  owner: "care",
  primary: "ehr",
  fields: [{ path: "Patient.telecom", primary: "portal" }],
  onConflict: "Strip",
};
const BUNDLE = '{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient", "id": id}}]}';

let nats: TestNats;
let delivery: Delivery;

beforeAll(async () => {
  nats = await startNats();
});
afterAll(() => nats.stop());

/** Delivers messages of `default/source` as Bundles by a configuration that knows `systems`. */
async function start(systems: Record<string, string>, map = BUNDLE) {
  delivery = await Delivery.create(nats, { routes: [{ integration: "notes", map, attempts: 3 }] });
  const worker = await delivery.start();
  const known = (to: Record<string, string>) =>
    delivery.put(worker, { ...delivery.config, ownership: { written: { entities: [PATIENT], systems: to } } });
  known(systems);
  return known;
}

const outcomes = async () => (await delivery.records()).flatMap(({ outcome }) => outcome ?? []);

test("a target is told what the source of a message owns", () => {
  const writers = new Writers({ entities: [PATIENT], systems: { "clinic/app": "portal", "clinic/ehr": "ehr" } });
  const root = (source: string) => writers.planOf(source)?.get("Patient")?.root;
  expect(root("clinic/app")).toMatchObject({ isOwn: false, isMixed: true });
  expect(root("clinic/ehr")).toMatchObject({ isOwn: true, isMixed: true });
  expect(writers.planOf("clinic/other")).toBeUndefined();
  expect(writers.planOf("__proto__")).toBeUndefined();
});

describe("a message of a source of which nobody tells what it owns", () => {
  afterEach(() => delivery.stop());

  test("is not sent, and put aside in the end", async () => {
    await start({});
    await delivery.publish({ id: "a" }, "k");
    await delivery.settled();
    expect(await outcomes()).toEqual(["Transient", "Transient", "Quarantined"]);
    expect(delivery.target.attempts).toEqual([]);
    expect((await delivery.quarantined())[0]?.reason).toContain("which system Adapter default/source acts as");
  });

  test("goes on once that is known", async () => {
    const known = await start({});
    await delivery.publish({ id: "a" }, "k");
    await eventually(async () => expect(await outcomes()).toContain("Transient"));
    known({ "default/source": "portal" });
    await delivery.settled();
    expect((await outcomes()).at(-1)).toBe("Delivered");
  });

  test("goes on in any case where nobody owns what it says", async () => {
    await start({}, BUNDLE.replace("Patient", "Encounter"));
    await delivery.publish({ id: "a" }, "k");
    await delivery.settled();
    expect(await outcomes()).toEqual(["Delivered"]);
  });
});
