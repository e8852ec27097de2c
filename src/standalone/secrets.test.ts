import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { mountSecret } from "../../test/builders/kubelet.ts";
import { type Secret, secretsFrom, writeSecrets } from "./secrets.ts";

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "fascia-secrets-"));
});
afterEach(() => rm(dir, { recursive: true }));

const secret = (name: string, data: Record<string, string>, namespace = "default"): Secret => ({
  namespace,
  name,
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value)])),
});

it("gives each Secret to its namespace alone", async () => {
  await writeSecrets(dir, [secret("token", { token: "one" }, "east"), secret("token", { token: "two" }, "west")]);
  expect(String(await secretsFrom(dir, "east").read("token", "token"))).toBe("one");
  expect(String(await secretsFrom(dir, "west").read("token", "token"))).toBe("two");
});

it("lets only the owner read the files", async () => {
  await writeSecrets(dir, [secret("tls", { "tls.crt": "c", "tls.key": "k" })]);
  expect((await stat(join(dir, "default/tls/tls.key"))).mode & 0o777).toBe(0o600);
  expect((await stat(join(dir, "default/tls"))).mode & 0o777).toBe(0o700);
  expect((await readdir(join(dir, "default/tls"))).sort()).toEqual(["tls.crt", "tls.key"]);
});

it("shows a renewed value at the next read, and forgets what is gone", async () => {
  const secrets = secretsFrom(dir, "default");
  await writeSecrets(dir, [secret("a", { x: "old", y: "1" }), secret("b", { z: "1" })]);
  await writeSecrets(dir, [secret("a", { x: "new" })]);
  expect(String(await secrets.read("a", "x"))).toBe("new");
  expect(await secrets.readOptional("a", "y")).toBeUndefined();
  expect(await secrets.readOptional("b", "z")).toBeUndefined();
});

it("leaves a file alone that says the same already", async () => {
  await writeSecrets(dir, [secret("a", { x: "same" })]);
  const before = await stat(join(dir, "default/a/x"));
  await writeSecrets(dir, [secret("a", { x: "same" })]);
  expect((await stat(join(dir, "default/a/x"))).ino).toBe(before.ino);
});

it("names the Secret and the key that are missing", async () => {
  await expect(secretsFrom(dir, "east").read("token", "value")).rejects.toMatchObject({
    code: "SecretMissing",
    message: expect.stringMatching(/key value of Secret token in namespace east does not exist/),
  });
});

it("reads nothing outside its own Secrets, whatever a reference says", async () => {
  await writeSecrets(dir, [secret("a", { x: "mine" }), secret("a", { x: "theirs" }, "other")]);
  const secrets = secretsFrom(dir, "default");
  expect(await secrets.readOptional("../other/a", "x")).toBeUndefined();
  expect(await secrets.readOptional("..", "x")).toBeUndefined();
  expect(await secrets.readOptional("a", "../../other/a/x")).toBeUndefined();
});

it("reads Secrets as the kubelet mounts them, and again when it renews them", async () => {
  const mounted = join(dir, "default/token");
  const secrets = secretsFrom(dir, "default");
  await mountSecret(mounted, { token: "old", "ca.crt": "one" });
  expect(String(await secrets.read("token", "token"))).toBe("old");
  await mountSecret(mounted, { token: "new" });
  expect(String(await secrets.read("token", "token"))).toBe("new");
  expect(await secrets.readOptional("token", "ca.crt")).toBeUndefined();
  for (const key of ["..data", "."]) expect(await secrets.readOptional("token", key)).toBeUndefined();
});

it("finds each value whole, old or new, while Secrets are renewed", async () => {
  const mounted = join(dir, "default/token");
  const secrets = secretsFrom(dir, "default");
  const values = ["a".repeat(4096), "b".repeat(4096)];
  await mountSecret(mounted, { token: values[0] as string });
  let renewing = true;
  const renewals = (async () => {
    for (let i = 1; i <= 100; i++) await mountSecret(mounted, { token: values[i % 2] as string });
    renewing = false;
  })();
  const seen = new Set<string>();
  while (renewing) seen.add(String(await secrets.read("token", "token")));
  await renewals;
  expect([...seen].sort()).toEqual(values);
});
