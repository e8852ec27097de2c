import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { mountSecret } from "../../test/builders/kubelet.ts";
import { createKey } from "../../test/builders/natsaccounts.ts";
import { CredsFile, readCredentialsAt } from "./credsfile.ts";
import { mintCredentials } from "./usertoken.ts";

const nothing = { publish: [], subscribe: [] };
const user = { name: "me", permissions: nothing, issuedAt: 0, expiresAt: 1000 };
const creds = mintCredentials({ seed: createKey("account").seed }, user);
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "fascia-credsfile-"));
});
afterEach(() => rm(dir, { recursive: true }));

describe("Credentials are read from", () => {
  test("a creds file", async () => {
    await writeFile(join(dir, "my.creds"), creds);
    expect(readCredentialsAt(join(dir, "my.creds"))).toEqual({ creds });
  });

  test("a mounted Secret with one", async () => {
    await mountSecret(join(dir, "nats"), { "nats.creds": creds, user: "u", password: "p" });
    expect(readCredentialsAt(join(dir, "nats"))).toEqual({ creds });
  });

  test("a mounted Secret with user and password, without the line feed behind them", async () => {
    await mountSecret(join(dir, "nats"), { user: "operator\n", password: " pass word\n" });
    expect(readCredentialsAt(join(dir, "nats"))).toEqual({ user: "operator", password: " pass word" });
  });
});

describe("The error names the file where", () => {
  test.each<[string, Record<string, string>, string]>([
    ["there is nothing", {}, "nats/user is not there or empty"],
    ["there is a user alone", { user: "u" }, "nats/password is not there or empty"],
    ["the password is empty", { user: "u", password: "\n" }, "nats/password is not there or empty"],
    ["the creds file is cut off", { "nats.creds": creds.slice(0, 300) }, "nats.creds is no NATS creds file"],
  ])("%s", async (_what, data, message) => {
    await mountSecret(join(dir, "nats"), data);
    const reading = () => readCredentialsAt(join(dir, "nats"));
    expect(reading).toThrow(expect.objectContaining({ code: "CredentialsUnusable" }));
    expect(reading).toThrow(message);
  });

  test("it is not there", () => {
    expect(() => readCredentialsAt(join(dir, "none"))).toThrow("none is not there or empty");
  });
});

test("What is renewed is shown from the next connect on; while it is half written, what was there before", async () => {
  const mounted = join(dir, "nats");
  await mountSecret(mounted, { user: "u", password: "old" });
  const { authenticator } = new CredsFile(mounted);
  expect(authenticator("")).toEqual({ user: "u", pass: "old" });
  await mountSecret(mounted, { user: "u" });
  expect(authenticator("")).toEqual({ user: "u", pass: "old" });
  await mountSecret(mounted, { user: "u", password: "new" });
  expect(authenticator("")).toEqual({ user: "u", pass: "new" });
});
