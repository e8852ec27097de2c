import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestNats, startNats } from "../../../test/builders/nats.ts";
import { API_PREFIX, IMPORTED_API_PREFIX } from "../../compile/exports.ts";
import { rawStream, rawSubject } from "../../compile/names.ts";
import { type Hub, closeHub, connectHub } from "../../jetstream/hub.ts";
import { publish } from "../../jetstream/publish.ts";
import { accountsConfig, createPlainUser } from "./plain.ts";

const permitted = (name: string) => ({
  namespace: "ward",
  name,
  workers: 1,
  domains: ["registration"],
  apiPrefix: IMPORTED_API_PREFIX,
});
const users = ["ehr", "billing"].map((name) => {
  const adapter = permitted(name);
  return { adapter, ...createPlainUser(adapter, randomBytes) };
});
const operator = { user: "operator", password: 'an "operator" of \\ ours' };
let nats: TestNats;
const hubs: Hub[] = [];

beforeAll(async () => {
  nats = await startNats({ more: `accounts {\n${accountsConfig(operator, users)}}\n` });
  const hub = await connect(operator);
  for (const { adapter } of users)
    await hub.jsm.streams.add({ name: rawStream(adapter), subjects: [rawSubject(adapter)], allow_direct: true });
});
afterAll(async () => {
  await Promise.all(hubs.map(closeHub));
  await nats.stop();
});

async function connect({ user, password }: typeof operator, name = "test", apiPrefix = API_PREFIX): Promise<Hub> {
  const hub = await connectHub({ url: nats.url, user, password, apiPrefix }, name);
  hubs.push(hub);
  return hub;
}

test("a server takes the configuration: each adapter has its own and nothing of another one", async () => {
  const [ehr, billing] = users as [(typeof users)[number], (typeof users)[number]];
  const hub = await connect(ehr, "fascia_ward_ehr", IMPORTED_API_PREFIX);
  const options = { patienceMs: 2000 };
  expect(await publish(hub, rawSubject(ehr.adapter), "x", options)).toMatchObject({ sequence: 1 });
  await expect(publish(hub, rawSubject(billing.adapter), "x", options)).rejects.toMatchObject({ code: "HubForbidden" });
  await expect(hub.jsm.streams.info(rawStream(billing.adapter))).rejects.toThrow("Permissions Violation");
  expect((await hub.jsm.streams.info(rawStream(ehr.adapter))).state.messages).toBe(1);
});

test("another password is refused", async () => {
  const [ehr] = users as [(typeof users)[number]];
  await expect(connect({ ...ehr, password: "guessed" })).rejects.toMatchObject({ code: "HubUnavailable" });
});

test("passwords have 256 bits and need no escapes anywhere", () => {
  const { user, password } = createPlainUser(permitted("ehr"), randomBytes);
  expect(user).toBe("ward/ehr");
  expect(password).toMatch(/^[\w-]{43}$/);
  expect(createPlainUser(permitted("ehr"), randomBytes).password).not.toBe(password);
});
