import { randomBytes } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { secretsInMemory } from "../../../test/builders/secrets.ts";
import { IMPORTED_API_PREFIX } from "../../compile/exports.ts";
import { accountsConf, newInstallation } from "../../jetstream/installation.ts";
import { OwnServer } from "./ownserver.ts";
import { passwordSecret } from "./passwordsecret.ts";

const NAMES = { namespace: "system", keysName: "keys", accountsName: "accounts" };
const make = () => newInstallation(randomBytes, 0);
const encoded = (text: string): string => Buffer.from(text).toString("base64");

let memory: ReturnType<typeof secretsInMemory>;

beforeEach(() => {
  memory = secretsInMemory();
});

describe("A server of Fascia's own", () => {
  const open = () => OwnServer.open(memory.client, NAMES, make);

  test("has the accounts of the first operator that began, and adapters' users are signed by its key", async () => {
    const first = await open();
    const second = await open();
    expect(second.creds).toBe(first.creds);
    expect(await second.keep()).toEqual(await first.keep());
    expect(await first.keep()).toMatchObject({ kind: "Token", apiPrefix: IMPORTED_API_PREFIX });
  });

  test("gets its accounts anew from the same keys, where somebody changed them or they were made otherwise before", async () => {
    await open();
    const accounts = memory.secrets.get("system/accounts")?.data;
    memory.secrets.get("system/accounts")!.data = { "accounts.conf": encoded("another version's") };
    await open();
    expect(memory.secrets.get("system/accounts")?.data).toEqual(accounts);
  });

  test("goes on with the keys that it began with: others, put in their place, are refused", async () => {
    const server = await open();
    const before = memory.secrets.get("system/keys");
    const others = Object.entries(make()).map(([key, text]) => [key, encoded(text)]);
    memory.secrets.set("system/keys", { metadata: { name: "keys" }, data: Object.fromEntries(others) });
    await expect(server.keep()).rejects.toThrow("Secret system/keys was replaced: restart the operator to use it");
    memory.secrets.delete("system/keys");
    await server.keep();
    expect(memory.secrets.get("system/keys")?.data).toEqual(before?.data);
  });

  test("is not begun with a Secret that lacks something", async () => {
    const { "hub.nk": _, ...rest } = make();
    const data = Object.fromEntries(Object.entries(rest).map(([key, text]) => [key, encoded(text)]));
    memory.secrets.set("system/keys", { metadata: { name: "keys" }, data });
    await expect(open()).rejects.toMatchObject({ code: "KeysUnreadable" });
    expect(memory.secrets.has("system/accounts")).toBe(false);
  });

  test("has nothing in what it mounts but what follows from the keys", async () => {
    const installation = make();
    await OwnServer.open(memory.client, NAMES, () => installation);
    expect(memory.secrets.get("system/accounts")?.data).toEqual({
      "accounts.conf": encoded(accountsConf(installation)),
    });
  });
});

describe("What passwords follow from", () => {
  const where = { namespace: "system", name: "passwords" };

  test("is made once, and put back as it was where somebody deletes it", async () => {
    const read = passwordSecret(memory.client, where, randomBytes);
    const secret = await read();
    expect(secret).toMatch(/^[\w-]{43}$/);
    memory.secrets.clear();
    expect(await read()).toBe(secret);
    expect(await passwordSecret(memory.client, where, randomBytes)()).toBe(secret);
  });

  test("is never made anew in a Secret that lacks it", async () => {
    memory.secrets.set("system/passwords", { metadata: { name: "passwords" }, data: {} });
    await expect(passwordSecret(memory.client, where, randomBytes)()).rejects.toMatchObject({ code: "KeysUnreadable" });
  });
});
