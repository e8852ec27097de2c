import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { type ControlPlane, startControlPlane } from "../../../hack/cluster/controlplane.ts";
import { KINDS } from "../../../src/api/kinds.ts";
import { messageOf } from "../api.ts";
import { WEBHOOKS } from "./rig.ts";

interface Webhooks {
  webhooks: { failurePolicy: string; rules: { operations: string[]; resources: string[] }[] }[];
}

let controlPlane: ControlPlane;
let configuration: Webhooks;

beforeAll(async () => {
  controlPlane = await startControlPlane();
  const file = new URL("../../../config/admission/validatingwebhookconfiguration.yaml", import.meta.url);
  configuration = parse(await readFile(file, "utf8")) as Webhooks;
}, 120_000);

afterAll(() => controlPlane?.stop());

test("The webhook configuration that is checked in is one to the API server", async () => {
  const path = `${WEBHOOKS}?fieldValidation=Strict`;
  const answer = await controlPlane.client("admin").request("POST", path, { body: configuration });
  expect([answer.status, answer.status === 201 ? "" : messageOf(answer)]).toEqual([201, ""]);
  expect(answer.body).toMatchObject({ webhooks: configuration.webhooks });
});

test("It asks about every kind that is served, and refuses what nobody judged, but never a deletion", () => {
  const [changes, deletions] = configuration.webhooks;
  expect(changes).toMatchObject({ failurePolicy: "Fail", rules: [{ operations: ["CREATE", "UPDATE"] }] });
  expect(changes?.rules[0]?.resources).toEqual(KINDS.map(({ plural }) => plural));
  expect(deletions).toMatchObject({
    failurePolicy: "Ignore",
    rules: [{ operations: ["DELETE"], resources: ["contractversions", "datadomains"] }],
  });
});
