import { expect, it } from "vitest";
import { adapter } from "../../api/adapter.ts";
import { contractVersion } from "../../api/contractversion.ts";
import { API_VERSION } from "../../api/meta.ts";
import { compile } from "../../compile/compile.ts";
import { byKind } from "../../compile/resources.ts";
import type { AdapterConfig } from "../../compile/config.ts";
import { Transform } from "./transform.ts";

const KEY = Buffer.from("a key that only tests have");
const contract = contractVersion.parse({
  apiVersion: API_VERSION,
  kind: "ContractVersion",
  metadata: { name: "c-v1.0.0" },
  spec: { contract: "c", version: "1.0.0", domain: "d", owner: "o", json: { schema: {} } },
});

/** The events that a message gets from a source with this entry of `emits`. */
async function eventsOf(emit: object, dialect: "hl7v2" | "json", body: string, event: string): Promise<string[]> {
  const transport = dialect === "json" ? { http: { source: { port: 1 } } } : { mllp: { source: { port: 1 } } };
  const emits = [{ contract: "c", version: "1.0.0", ...emit }];
  const resource = adapter.parse({
    apiVersion: API_VERSION,
    kind: "Adapter",
    metadata: { namespace: "default", name: "a" },
    spec: { system: "s", owner: "o", ...transport, emits },
  });
  const { configs } = compile(byKind([contract, resource]));
  const transform = new Transform(configs[0] as AdapterConfig, KEY);
  const original = { body: Buffer.from(body), dialect, event, receivedAt: 0, messageId: "k.m" };
  return (await transform.apply(original, () => {})).map((normalised) => normalised.event);
}

const ADT = "MSH|^~\\&|A||||||ADT^A08|1|P|2.5\rEVN|A01\rPV1|1|E\r";

it("the event of HL7 v2 is MSH-9.2, and that of JSON `message`, unless an expression yields another", async () => {
  expect(await eventsOf({}, "hl7v2", ADT, "A08")).toEqual(["A08"]);
  expect(await eventsOf({}, "json", "{}", "")).toEqual(["message"]);
  expect(await eventsOf({ event: "$[segment='PV1'].`2.1`" }, "hl7v2", ADT, "A08")).toEqual(["E"]);
  expect(await eventsOf({ event: "status" }, "json", `{"status": "booked"}`, "")).toEqual(["booked"]);
});

it("an expression that yields no text makes it `message`, whatever the dialect", async () => {
  expect(await eventsOf({ event: "nothing" }, "hl7v2", ADT, "A08")).toEqual(["message"]);
  expect(await eventsOf({ event: "nothing" }, "json", "{}", "")).toEqual(["message"]);
});

it("`events` takes what the expression yields", async () => {
  const event = "$[segment='PV1'].`2.1`";
  expect(await eventsOf({ event, events: ["E"] }, "hl7v2", ADT, "A08")).toEqual(["E"]);
  await expect(eventsOf({ event, events: ["A08"] }, "hl7v2", ADT, "A08")).rejects.toMatchObject({
    code: "UnmappedEvent",
  });
});
