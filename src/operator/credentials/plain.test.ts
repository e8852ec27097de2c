import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestNats, startNats } from "../../../test/builders/nats.ts";
import { API_PREFIX, IMPORTED_API_PREFIX } from "../../compile/exports.ts";
import { rawStream, rawSubject } from "../../compile/names.ts";
import { type Hub, closeHub, connectHub } from "../../jetstream/hub.ts";
import { publish } from "../../jetstream/publish.ts";
import { type Holder, issue } from "./issue.ts";
import { type PlainUser, accountsConfig } from "./plain.ts";

const issuer = { kind: "Password", secret: "a secret", apiPrefix: IMPORTED_API_PREFIX } as const;
const holder = (name: string): Holder => ({
  namespace: "ward",
  name,
  workers: 1,
  domains: ["registration"],
  series: "",
});
const holders = ["ehr", "billing"].map(holder);
const [ehr, billing] = holders.map((each) => ({
  ...each,
  ...(issue(issuer, each, 0).data as unknown as PlainUser),
})) as [Holder & PlainUser, Holder & PlainUser];
const operator = { user: "operator", password: 'an "operator" of \\ ours' };
let nats: TestNats;
const hubs: Hub[] = [];

beforeAll(async () => {
  nats = await startNats({ more: `accounts {\n${accountsConfig(operator, issuer, holders)}}\n` });
  const hub = await connect(operator);
  for (const adapter of holders)
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
  const hub = await connect(ehr, "fascia_ward_ehr", IMPORTED_API_PREFIX);
  const options = { patienceMs: 2000 };
  expect(await publish(hub, rawSubject(ehr), "x", options)).toMatchObject({ sequence: 1 });
  await expect(publish(hub, rawSubject(billing), "x", options)).rejects.toMatchObject({ code: "HubForbidden" });
  await expect(hub.jsm.streams.info(rawStream(billing))).rejects.toThrow("Permissions Violation");
  expect((await hub.jsm.streams.info(rawStream(ehr))).state.messages).toBe(1);
});

test("another password is refused", async () => {
  await expect(connect({ ...ehr, password: "guessed" })).rejects.toMatchObject({ code: "HubUnavailable" });
});
