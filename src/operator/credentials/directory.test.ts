import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { mountSecret } from "../../../test/builders/kubelet.ts";
import { createKey } from "../../../test/builders/natsaccounts.ts";
import { API_PREFIX, IMPORTED_API_PREFIX } from "../../compile/exports.ts";
import { mintCredentials } from "../../jetstream/usertoken.ts";
import { issuerIn } from "./directory.ts";

const hub = createKey("account");
const hubSigner = createKey("account");
const adapters = createKey("account");
const signer = createKey("account");
const everything = { publish: [">"], subscribe: [">"] };
const user = { name: "operator", permissions: everything, issuedAt: 0, expiresAt: 1000 };
const OWN = { "nats.creds": mintCredentials({ seed: hubSigner.seed, account: hub.id }, user) };
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "fascia-directory-"));
});
afterEach(() => rm(dir, { recursive: true }));

async function issuerOf(data: Record<string, string>, secret?: () => Promise<string>) {
  await mountSecret(join(dir, "nats"), data);
  return issuerIn(join(dir, "nats"), secret);
}

describe("Adapters connect", () => {
  test("with user JWTs of an account of their own, where a signing key of it is there", async () => {
    const issuer = await issuerOf({
      ...OWN,
      "adapters.nk": `${signer.seed}\n`,
      "adapters.account": `${adapters.id}\n`,
    });
    const expected = { seed: signer.seed, account: adapters.id };
    expect(issuer).toEqual({ kind: "Token", signer: expected, apiPrefix: IMPORTED_API_PREFIX });
  });

  test("with user JWTs of the account whose own key is there", async () => {
    const issuer = await issuerOf({ ...OWN, "adapters.nk": adapters.seed });
    expect(issuer).toEqual({ kind: "Token", signer: { seed: adapters.seed }, apiPrefix: IMPORTED_API_PREFIX });
  });

  test("with user JWTs of the operator's own account, which has JetStream itself", async () => {
    const issuer = await issuerOf({ ...OWN, "adapters.nk": hubSigner.seed, "adapters.account": hub.id });
    expect(issuer).toMatchObject({ kind: "Token", apiPrefix: API_PREFIX });
  });

  test("as users of the server's configuration, where the operator is one", async () => {
    const issuer = await issuerOf({ user: "fascia", password: "p" }, () => Promise.resolve("s"));
    expect(issuer).toEqual({ kind: "Password", secret: "s", apiPrefix: IMPORTED_API_PREFIX });
  });

  test("without credentials, where there is nothing to issue them with", async () => {
    expect(await issuerOf(OWN)).toEqual({ kind: "None" });
    expect(await issuerOf({ user: "fascia", password: "p" })).toEqual({ kind: "None" });
  });
});

test.each([
  ["a seed that is none", { ...OWN, "adapters.nk": "SAnonsense" }],
  ["an account that is none", { ...OWN, "adapters.nk": signer.seed, "adapters.account": "Anonsense" }],
  ["an account without a signing key", { ...OWN, "adapters.account": adapters.id }],
])("%s is told at once", async (_what, data) => {
  await expect(issuerOf(data)).rejects.toMatchObject({ code: "SigningKeyInvalid" });
});
