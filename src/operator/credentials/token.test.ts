import { describe, expect, it } from "vitest";
import { createKey } from "../../../test/builders/natsaccounts.ts";
import { API_PREFIX } from "../../compile/exports.ts";
import { permissionsOf } from "../../compile/permissions.ts";
import { readCredentials } from "../../jetstream/usertoken.ts";
import { VALID_MS } from "./decide.ts";
import { renewToken } from "./token.ts";

const NOW = Date.UTC(2026, 0, 1);
const EHR = { namespace: "ward", name: "ehr", workers: 1, domains: ["registration"], apiPrefix: API_PREFIX };
const signing = createKey("account");
const account = createKey("account");
const signer = { seed: `${signing.seed}\n`, account: account.id };

function minted(...args: Parameters<typeof renewToken>): string {
  const renewal = renewToken(...args);
  if (renewal.action !== "renew") throw new Error("nothing was minted");
  return renewal.creds;
}

describe("the credentials of an adapter", () => {
  it("say whose they are, what is permitted, until when, and by whom they are signed", () => {
    expect(readCredentials(minted(EHR, signer, undefined, NOW))).toEqual({
      name: "ward/ehr",
      permissions: permissionsOf(EHR),
      issuedAt: NOW,
      expiresAt: NOW + VALID_MS,
      signer: signing.id,
      account: account.id,
    });
  });

  it("are kept for a day, renewed for another key pair after, and minted anew where they are damaged", () => {
    const creds = minted(EHR, signer, undefined, NOW);
    expect(renewToken(EHR, signer, creds, NOW + 60_000)).toMatchObject({ action: "keep" });
    const next = renewToken(EHR, signer, creds, NOW + 25 * 3_600_000);
    expect(next).toMatchObject({ action: "renew", reason: "Old" });
    expect(minted(EHR, signer, creds.slice(0, 400), NOW)).not.toBe(creds);
    const seedOf = (text: string) => /^SU[A-Z2-7]{56}$/m.exec(text)?.[0];
    expect(seedOf(minted(EHR, signer, creds, NOW + 25 * 3_600_000))).not.toBe(seedOf(creds));
  });

  it("follow a new domain and another number of workers", () => {
    const creds = minted(EHR, signer, undefined, NOW);
    for (const changed of [
      { ...EHR, workers: 2 },
      { ...EHR, domains: ["registration", "lab"] },
    ])
      expect(renewToken(changed, signer, creds, NOW)).toMatchObject({ action: "renew", reason: "PermissionsChanged" });
  });

  it("may be signed by the account's own key", () => {
    const creds = minted(EHR, { seed: account.seed }, undefined, NOW);
    expect(readCredentials(creds)).toMatchObject({ signer: account.id, account: account.id });
    expect(renewToken(EHR, { seed: account.seed }, creds, NOW)).toMatchObject({ action: "keep" });
  });

  it.each([
    ["no seed", { seed: "SAnonsense" }],
    ["a user's seed", { seed: createKey("user").seed }],
    ["an operator's seed", { seed: createKey("operator").seed }],
    ["an account that is none", { seed: signing.seed, account: createKey("user").id }],
  ])("are not signed with %s, and the error does not quote it", (_what, unusable) => {
    const sign = () => renewToken(EHR, unusable, undefined, NOW);
    expect(sign).toThrow(expect.objectContaining({ code: "SigningKeyInvalid" }));
    expect(sign).not.toThrow(unusable.seed);
  });
});
