import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestNats, startNats } from "../../test/builders/nats.ts";
import { IMPORTED_API_PREFIX } from "../compile/exports.ts";
import { rawStream, rawSubject } from "../compile/names.ts";
import { permissionsOf } from "../compile/permissions.ts";
import { type Hub, type HubAddress, closeHub, connectHub } from "./hub.ts";
import { type Installation, accountsConf, newInstallation, parseInstallation } from "./installation.ts";
import { publish } from "./publish.ts";
import { type Signer, mintCredentials } from "./usertoken.ts";

const installation = newInstallation(randomBytes, Date.now());
const EHR = { namespace: "ward", name: "ehr", workers: 1, domains: ["registration"], apiPrefix: IMPORTED_API_PREFIX };
let nats: TestNats;
let dir: string;
const hubs: Hub[] = [];

beforeAll(async () => {
  nats = await startNats({ more: accountsConf(installation) });
  dir = await mkdtemp(join(tmpdir(), "fascia-installation-"));
});
afterAll(async () => {
  await Promise.all(hubs.map(closeHub));
  await nats.stop();
  await rm(dir, { recursive: true });
});

async function connect(address: Omit<HubAddress, "url">, name: string): Promise<Hub> {
  const hub = await connectHub({ url: nats.url, ...address }, name);
  hubs.push(hub);
  return hub;
}

async function asAdapter(signer: Signer): Promise<Hub> {
  const now = Date.now();
  const user = { name: "ward/ehr", permissions: permissionsOf(EHR), issuedAt: now, expiresAt: now + 60_000 };
  const credsFile = join(dir, "ehr.creds");
  await writeFile(credsFile, mintCredentials(signer, user));
  return connect({ credsFile, apiPrefix: IMPORTED_API_PREFIX }, "fascia_ward_ehr");
}

describe("A NATS server with the accounts of an installation", () => {
  test("lets Fascia's own user make streams, and adapters use them from an account of their own", async () => {
    const operator = await connect({ creds: installation["nats.creds"] }, "operator");
    await operator.jsm.streams.add({ name: rawStream(EHR), subjects: [rawSubject(EHR)] });
    const ehr = await asAdapter({ seed: installation["adapters.nk"], account: installation["adapters.account"] });
    expect(await publish(ehr, rawSubject(EHR), "x", { patienceMs: 2000 })).toMatchObject({ sequence: 1 });
    expect((await ehr.jsm.streams.info(rawStream(EHR))).state.messages).toBe(1);
  });

  test("lets nobody else in", async () => {
    await expect(connect({}, "nobody")).rejects.toMatchObject({ code: "HubUnavailable" });
    const other = newInstallation(randomBytes, Date.now());
    await expect(connect({ creds: other["nats.creds"] }, "other")).rejects.toMatchObject({ code: "HubUnavailable" });
    const forged = { seed: other["adapters.nk"], account: installation["adapters.account"] };
    await expect(asAdapter(forged)).rejects.toMatchObject({ code: "HubUnavailable" });
  });
});

test("What the server is given is the same each time, and holds no seed", () => {
  const text = accountsConf(installation);
  expect(accountsConf({ ...installation })).toBe(text);
  const payloads = text.match(/[\w-]{40,}/g)?.map((part) => Buffer.from(part, "base64url").toString()) ?? [];
  for (const seed of ["operator.nk", "hub.nk", "adapters.nk"] as const)
    expect([text, ...payloads].join("\n")).not.toContain(installation[seed]);
  expect(`${text}${payloads.join("")}`).not.toMatch(/S[OAU][A-Z2-7]{56}/);
});

test("Two installations have nothing in common", () => {
  const other = newInstallation(randomBytes, Date.now());
  for (const key of Object.keys(installation) as (keyof Installation)[]) expect(other[key]).not.toBe(installation[key]);
});

test("A Secret that lacks something is refused, by name", () => {
  expect(parseInstallation(installation, "Secret x")).toEqual(installation);
  const { "hub.nk": _, ...rest } = installation;
  expect(() => parseInstallation(rest, "Secret x")).toThrow("Secret x has no hub.nk: restore it from a backup");
});
