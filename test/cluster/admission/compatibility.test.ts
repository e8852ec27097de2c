import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer, KubeClient } from "../../../hack/cluster/client.ts";
import type { ContractVersionSpec } from "../../../src/api/contractversion.ts";
import type { Resource } from "../../../src/policy/rule.ts";
import { aContractVersion, aSource } from "../../builders/resources.ts";
import { create, messageOf, pathOf } from "../api.ts";
import { type Api, startApi } from "../startapi.ts";
import { Webhook, asked, keeperOf, storeOf } from "./rig.ts";

let api: Api;
let admin: KubeClient;
let webhook: Webhook;

beforeAll(async () => {
  api = await startApi();
  admin = api.controlPlane.client("admin");
  webhook = new Webhook(api);
  await webhook.refresh();
  await webhook.start(keeperOf(storeOf(api)), { register: true });
  await asked(admin, aSource("never", 0, { emits: [{ contract: "visit", version: "1.0.0-rc-" }] }, "default"));
}, 120_000);

afterAll(async () => {
  await webhook?.stop();
  await api?.stop();
});

async function apply(resource: Resource): Promise<Answer> {
  const answer = await create(admin, resource);
  await webhook.refresh();
  return answer;
}

async function patch({ kind, metadata }: Resource, spec: object): Promise<Answer> {
  const path = `${pathOf(kind)}/${metadata.name}`;
  const answer = await admin.request("PATCH", path, { contentType: "application/merge-patch+json", body: { spec } });
  await webhook.refresh();
  return answer;
}

const said = (answer: Answer) => (answer.status < 300 ? answer.warnings : [answer.status, messageOf(answer)]);
const denied = (text: string) => [403, expect.stringContaining(text)];

describe("A version that promises", () => {
  const visit = (version: string, schema: object, spec: Partial<ContractVersionSpec> = {}) =>
    aContractVersion({ version, json: { schema: { type: "object", ...schema } }, lifecycle: {}, ...spec });
  const wards = (...names: string[]) => ({ properties: { ward: { enum: names } } });
  const higher = visit("1.2.0", wards("north"), { compatibility: "None" });

  test("to take what its predecessor's messages hold, and does not, is refused place by place", async () => {
    expect(said(await apply(visit("1.0.0", wards("north", "south"))))).toEqual([]);
    const breaking = visit("1.1.0", { ...wards("north"), required: ["bed"] }, { compatibility: "Backward" });
    expect(said(await apply(breaking))).toEqual(
      denied(
        "spec.json.schema: not Backward compatible with visit-v1.0.0, whose messages need not satisfy this: " +
          '/bed required, /ward not "south"; publish it as 2.0.0, or declare compatibility None ' +
          "(compatibility/breaks-promise)",
      ),
    );
    const keeping = visit("1.1.0", wards("north", "south", "west"), { compatibility: "Backward" });
    expect(said(await apply(keeping))).toEqual([]);
  });

  test("nothing, is taken; and is refused once it promises what does not hold", async () => {
    expect(said(await apply(higher))).toEqual([]);
    const promised = await patch(higher, { compatibility: "Backward" });
    expect(said(promised)).toEqual(denied("(compatibility/breaks-promise)"));
    const kept = await patch(higher, { compatibility: "Forward" });
    expect(said(kept)).toEqual([]);
  });

  test("is not put in the wrong by one that is slipped in before it", async () => {
    const between = visit("1.1.1", wards("east"), { compatibility: "None" });
    expect(said(await apply(between))).toEqual(
      denied("visit-v1.2.0 would not be Forward compatible with this version, which need not take its messages"),
    );
  });

  test("what nobody wrote is warned of where it does not hold", async () => {
    const { status, warnings } = await apply(visit("1.3.0", wards("up")));
    expect([status, warnings]).toEqual([201, [expect.stringContaining("(compatibility/breaks-promise)")]]);
  });

  test("something of a schema of a megabyte is judged in time", async () => {
    const huge = (type: string) => ({
      properties: Object.fromEntries(Array.from({ length: 15_000 }, (_, i) => [`p${i}`, { enum: [type, i] }])),
      description: "x".repeat(300_000),
    });
    const answers: Answer[] = [];
    const begun = performance.now();
    answers.push(await apply(visit("5.0.0", huge("a"))));
    answers.push(await apply(visit("5.1.0", huge("b"), { compatibility: "Backward" })));
    expect(performance.now() - begun).toBeLessThan(10_000);
    for (const answer of answers) expect([201, 403]).toContain(answer.status);
  });
});

describe("A version with examples", () => {
  const ward = (payload: unknown) =>
    aContractVersion({
      contract: "example",
      json: { schema: { type: "object", properties: { ward: { enum: ["north"] } } } },
      examples: [
        { name: "admission", payload: { ward: "north", note: { any: ["thing", 1] } } },
        { name: "transfer", payload },
      ],
    });

  test("is refused where it does not take one of them, which is not quoted", async () => {
    const answer = await apply(ward({ ward: "CANARY" }));
    expect(said(answer)).toEqual(
      denied(
        "spec.examples[1].payload: example transfer: the payload breaks the contract example 1.0.0: /ward does not " +
          "satisfy enum (schema #/properties/ward/enum) (compatibility/example-fails)",
      ),
    );
    expect(messageOf(answer)).not.toContain("CANARY");
  });

  test("is taken with them as they are written", async () => {
    const resource = ward({ ward: "north" });
    const answer = await apply(resource);
    expect(said(answer)).toEqual([]);
    expect(answer.body).toMatchObject({ spec: { examples: resource.spec.examples } });
  });
});

describe("A version with a translation", () => {
  const stay = (version: string, field: string, spec: Partial<ContractVersionSpec> = {}) =>
    aContractVersion({
      contract: "stay",
      version,
      json: { schema: { type: "object", required: [field], properties: { [field]: { type: "string" } } } },
      compatibility: "None",
      examples: [{ name: "admission", payload: { [field]: "north" } }],
      ...spec,
    });
  const moved = (from: string, to: string) => ({ patch: [{ op: "move" as const, from: `/${from}`, path: `/${to}` }] });
  const back = { to: "1.0.0", ...moved("unit", "ward") };

  test("is refused where what it makes of its neighbour's examples does not satisfy it", async () => {
    expect(said(await apply(stay("1.0.0", "ward")))).toEqual([]);
    const wrong = { from: "1.0.0", jsonata: "{ 'unit': $length(ward) }" };
    expect(said(await apply(stay("1.1.0", "unit", { translations: [wrong, back] })))).toEqual(
      denied(
        "spec.translations[0]: example admission of stay-v1.0.0 does not become this version: the payload breaks the " +
          "contract stay 1.1.0: /unit does not satisfy type (schema #/properties/unit/type); correct the translation " +
          "or the example (compatibility/translation-fails)",
      ),
    );
  });

  test("is taken where both ways stand the test, and its neighbour's examples are then held to it", async () => {
    const right = { from: "1.0.0", ...moved("ward", "unit") };
    expect(said(await apply(stay("1.1.0", "unit", { translations: [right, back] })))).toEqual([]);
    const examples = [{ name: "admission", payload: { ward: "north", unit: "a", constructor: 1 } }];
    expect(said(await patch(stay("1.0.0", "ward"), { examples }))).toEqual([]);
    const translations = [right, { to: "1.0.0", jsonata: "{ 'ward': null }" }];
    expect(said(await patch(stay("1.1.0", "unit"), { translations }))).toEqual(
      denied("spec.translations[1]: example admission does not become stay-v1.0.0"),
    );
  });

  test("that never ends is refused in time", async () => {
    const endless = { from: "1.1.0", jsonata: "($f := function($n) { $f($n + 1) }; $f(0))" };
    const answer = await apply(stay("1.2.0", "unit", { translations: [endless] }));
    expect(said(answer)).toEqual(denied("spec.translations[0]: example admission of stay-v1.1.0 does not become"));
  });
});
