import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import { MemorySecrets } from "../../../test/builders/certificates.ts";
import { FhirServer } from "../../../test/conformance/peers/fhirserver.ts";
import type { FhirTargetSpec } from "../../api/adapter-http.ts";
import { ownershipPlan } from "../../mapping/ownership.ts";
import { silentLog } from "../../telemetry/log.ts";
import { isChannel, type Outcome, type Target } from "../adapter.ts";
import { createFhirTarget } from "./target.ts";

const OWNERS = [
  { entity: "Patient", primary: "ehr", fields: [{ path: "Patient.telecom", primary: "portal" }] },
  { entity: "AllergyIntolerance", primary: "ehr", fields: [] },
];
const never = new AbortController().signal;
const phone = (value: string) => [{ system: "phone", value }];
const patient = (members: object) => ({ resourceType: "Patient", id: "p", ...members });
const allergy = (text: string) => ({ resourceType: "AllergyIntolerance", id: "a", code: { text } });
const encounter = { resourceType: "Encounter", id: "e", subject: { reference: "Patient/p" } };
const standing = patient({ name: [{ family: "Right" }], gender: "female", telecom: phone("1") });

let server: FhirServer;
let targets: Target[];

beforeEach(async () => {
  server = await new FhirServer().listen();
  targets = [];
});
afterEach(async () => {
  await Promise.all(targets.map((target) => target.close()));
  await server.close();
});

type Interaction = FhirTargetSpec["interaction"];

/** Delivers `resources` as `system` sent them. */
async function deliver(system: string, resources: object[], interaction: Interaction = "Update"): Promise<Outcome> {
  const spec: FhirTargetSpec = { url: server.url, connections: 2, timeoutSeconds: 30, interaction };
  const target = createFhirTarget(spec, { secrets: new MemorySecrets(), clock: new ManualClock(), log: silentLog });
  targets.push(target);
  const channel = await target.acquire(never);
  if (!isChannel(channel)) return channel;
  const entry = resources.map((resource) => ({ fullUrl: `urn:uuid:${(resource as { id: string }).id}`, resource }));
  const payload = { resourceType: "Bundle", type: "collection", entry };
  const owned = ownershipPlan(OWNERS, system);
  const outcome = await channel.send({ payload, messageId: "k1.m", idempotencyKey: "k1.d", owned }, never);
  channel.release();
  return outcome;
}

const writes = () => server.asked.filter((asked) => !asked.startsWith("GET"));

describe.each<Interaction>(["Update", "Transaction"])("%s", (interaction) => {
  const write = interaction === "Update" ? "PUT /Patient/p" : "POST /";

  test("who owns a field changes it alone, whatever else it says", async () => {
    await server.put(standing);
    const outcome = await deliver(
      "portal",
      [patient({ name: [{ family: "Wrong" }], telecom: phone("2") })],
      interaction,
    );
    expect(outcome).toMatchObject({
      kind: "Delivered",
      detail: expect.stringMatching(/1 resources updated; in part, as its source owns no more: Patient$/),
    });
    expect(await server.get("Patient", "p")).toEqual({ ...standing, telecom: phone("2") });
  });

  test("the primary system changes the rest, and takes away what it no longer says, but nothing of others", async () => {
    await server.put(standing);
    await deliver("ehr", [patient({ name: [{ family: "New" }] })], interaction);
    expect(await server.get("Patient", "p")).toEqual(patient({ name: [{ family: "New" }], telecom: phone("1") }));
  });

  test("who owns nothing of a resource does not touch it, and the server is not even asked", async () => {
    await server.put(allergy("nuts"));
    await server.put(standing);
    const outcome = await deliver("billing", [allergy("none"), patient({ gender: "male" })], interaction);
    expect(outcome).toEqual({
      kind: "Delivered",
      detail: "0 resources updated; not written, as its source owns nothing of it: AllergyIntolerance, Patient",
    });
    expect(server.asked).toEqual([]);
    expect(await server.get("AllergyIntolerance", "a")).toEqual(allergy("nuts"));
    expect(await server.get("Patient", "p")).toEqual(standing);
  });

  test("what stands there as it should be is not written", async () => {
    await server.put(standing);
    const outcome = await deliver("portal", [patient({ telecom: phone("1") })], interaction);
    expect(outcome).toEqual({ kind: "Delivered", detail: "0 resources updated; unchanged: Patient" });
    expect(server.asked).toEqual(["GET /Patient/p"]);
  });

  test("what belongs to the source as a whole, or to nobody, is written without being read", async () => {
    expect((await deliver("ehr", [allergy("nuts"), encounter], interaction)).kind).toBe("Delivered");
    expect(server.asked).toEqual(
      interaction === "Update" ? ["PUT /AllergyIntolerance/a", "PUT /Encounter/e"] : ["POST /"],
    );
  });

  test("what is not there, or is there no more, is made, of what the source owns", async () => {
    await deliver("portal", [patient({ name: [{ family: "Wrong" }], telecom: phone("2") })], interaction);
    expect(await server.get("Patient", "p")).toEqual(patient({ telecom: phone("2") }));
    await server.delete("Patient", "p");
    await deliver("ehr", [standing], interaction);
    expect(await server.get("Patient", "p")).toEqual(patient({ name: [{ family: "Right" }], gender: "female" }));
  });

  test("of what is not there nothing is made where the source owns nothing that it says", async () => {
    await deliver("portal", [patient({ name: [{ family: "Wrong" }] })], interaction);
    expect(await server.get("Patient", "p")).toBeUndefined();
  });

  test("a change in between is not lost: what stands there is read anew", async () => {
    await server.put(standing);
    let overtaken = 0;
    server.before = async (method) => {
      if (method !== "GET" && overtaken++ < 2) await server.put({ ...standing, gender: `other${overtaken}` });
    };
    const outcome = await deliver("portal", [patient({ telecom: phone("2") })], interaction);
    expect(outcome.kind).toBe("Delivered");
    expect(server.asked).toEqual(["GET /Patient/p", write, "GET /Patient/p", write, "GET /Patient/p", write]);
    expect(await server.get("Patient", "p")).toEqual({ ...standing, gender: "other2", telecom: phone("2") });
  });

  test("deleted in between, it is made anew", async () => {
    await server.put(standing);
    server.before = async (method) => {
      if (method !== "GET") await server.delete("Patient", "p").catch(() => undefined);
    };
    expect((await deliver("portal", [patient({ telecom: phone("2") })], interaction)).kind).toBe("Delivered");
    expect(await server.get("Patient", "p")).toEqual(patient({ telecom: phone("2") }));
  });

  test("always overtaken, it gives up for a while", async () => {
    await server.put(standing);
    let count = 0;
    server.before = async (method) => {
      if (method !== "GET") await server.put({ ...standing, gender: `other${++count}` });
    };
    expect(await deliver("portal", [patient({ telecom: phone("2") })], interaction)).toMatchObject({
      kind: "Transient",
      down: false,
      reason: expect.stringContaining("each of the 5 times"),
    });
    expect(writes()).toHaveLength(5);
    expect(await server.get("Patient", "p")).toMatchObject({ gender: "other5", telecom: phone("1") });
  });

  test("two systems that write at the same time, again and again, both have what is theirs", async () => {
    await server.put(standing);
    const both = await Promise.all([
      ...[2, 3, 4].map((n) => deliver("portal", [patient({ telecom: phone(`${n}`) })], interaction)),
      ...[2, 3, 4].map((n) =>
        deliver("ehr", [patient({ gender: "female", name: [{ family: `N${n}` }] })], interaction),
      ),
    ]);
    for (const { kind } of both) expect(["Delivered", "Transient"]).toContain(kind);
    await deliver("portal", [patient({ telecom: phone("9") })], interaction);
    await deliver("ehr", [patient({ gender: "female", name: [{ family: "Last" }] })], interaction);
    expect(await server.get("Patient", "p")).toEqual({
      ...standing,
      name: [{ family: "Last" }],
      telecom: phone("9"),
    });
  });
});

test("in a transaction what refers to a resource that is left alone finds it where it stands", async () => {
  await server.put(standing);
  const referring = { ...encounter, subject: { reference: "urn:uuid:p" } };
  expect((await deliver("billing", [patient({ gender: "male" }), referring], "Transaction")).kind).toBe("Delivered");
  expect(await server.get("Encounter", "e")).toEqual(encounter);
  expect(await server.get("Patient", "p")).toEqual(standing);
});
