import { describe, expect, it } from "vitest";
import { createKey } from "../../../test/builders/natsaccounts.ts";
import { API_PREFIX, IMPORTED_API_PREFIX } from "../../compile/exports.ts";
import { permissionsOf } from "../../compile/permissions.ts";
import { readCredentials } from "../../jetstream/usertoken.ts";
import { PERIOD_MS, VALID_MS, periodOf } from "./decide.ts";
import { type Holder, type Issuer, issue } from "./issue.ts";

const NOW = Date.UTC(2026, 0, 1);
const EHR: Holder = { namespace: "ward", name: "ehr", workers: 1, domains: ["registration"], series: "" };
const signing = createKey("account");
const account = createKey("account");
const signer = { seed: `${signing.seed}\n`, account: account.id };
const token = { kind: "Token", signer, apiPrefix: IMPORTED_API_PREFIX } as const;
const password = { kind: "Password", secret: "s".repeat(43), apiPrefix: IMPORTED_API_PREFIX } as const;

const creds = (holder = EHR, issuer: Exclude<Issuer, { kind: "None" }> = token, now = NOW): string =>
  issue(issuer, holder, now).data["nats.creds"] ?? "";

describe("the user JWT of an adapter", () => {
  it("says whose it is, what is permitted, until when, and by whom it is signed", () => {
    const { from } = periodOf("ward/ehr", NOW);
    expect(readCredentials(creds())).toEqual({
      name: "ward/ehr",
      permissions: permissionsOf({ ...EHR, apiPrefix: IMPORTED_API_PREFIX }),
      issuedAt: from,
      expiresAt: from + VALID_MS,
      signer: signing.id,
      account: account.id,
    });
  });

  it("is the same, byte for byte, for a whole day, whoever issues it; then another one with another key", () => {
    const { from, to } = periodOf("ward/ehr", NOW);
    expect(creds(EHR, token, from)).toBe(creds());
    expect(creds(EHR, token, to - 1)).toBe(creds());
    expect(issue(token, EHR, NOW).period).toEqual({ from, to });
    const seedOf = (text: string) => /^SU[A-Z2-7]{56}$/m.exec(text)?.[0];
    expect(seedOf(creds(EHR, token, to))).not.toBe(seedOf(creds()));
    expect(readCredentials(creds(EHR, token, to))?.issuedAt).toBe(from + PERIOD_MS);
  });

  it.each<[string, Holder, Issuer]>([
    ["a new domain", { ...EHR, domains: ["registration", "lab"] }, token],
    ["another number of workers", { ...EHR, workers: 2 }, token],
    ["another value of its annotation", { ...EHR, series: "2026-01-02" }, token],
    ["another signing key", EHR, { ...token, signer: { ...signer, seed: createKey("account").seed } }],
    ["another account", EHR, { ...token, signer: { ...signer, account: createKey("account").id } }],
    ["another place of JetStream's requests", EHR, { ...token, apiPrefix: API_PREFIX }],
  ])("follows %s at once", (_what, holder, issuer) => {
    expect(creds(holder, issuer as typeof token)).not.toBe(creds());
  });

  it("has a key that is nobody else's, and cannot be told from another one's", () => {
    const subject = (text: string) => /^SU[A-Z2-7]{56}$/m.exec(text)?.[0];
    const others = [
      { ...EHR, name: "lab" },
      { ...EHR, namespace: "clinic" },
      { ...EHR, series: "x" },
    ];
    const keys = [EHR, ...others].map((holder) => subject(creds(holder)));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("may be issued anew by an annotation of any length", () => {
    const long = { ...EHR, series: "x".repeat(200_000) };
    expect(creds(long)).not.toBe(creds());
    expect(issue(password, long, NOW).data).not.toEqual(issue(password, EHR, NOW).data);
  });

  it("may be signed by the account's own key", () => {
    const own = { ...token, signer: { seed: account.seed } };
    expect(readCredentials(creds(EHR, own))).toMatchObject({ signer: account.id, account: account.id });
  });

  it.each([
    ["no seed", { seed: "SAnonsense" }],
    ["a user's seed", { seed: createKey("user").seed }],
    ["an operator's seed", { seed: createKey("operator").seed }],
    ["an account that is none", { seed: signing.seed, account: createKey("user").id }],
  ])("is not signed with %s, and the error does not quote it", (_what, unusable) => {
    const sign = () => creds(EHR, { ...token, signer: unusable });
    expect(sign).toThrow(expect.objectContaining({ code: "SigningKeyInvalid" }));
    expect(sign).not.toThrow(unusable.seed);
  });
});

describe("the password of an adapter", () => {
  it("has 256 bits, needs no escapes anywhere, and stays", () => {
    const { data, period } = issue(password, EHR, NOW);
    expect(data).toEqual({ user: "ward/ehr", password: expect.stringMatching(/^[\w-]{43}$/) });
    expect(period.to).toBe(Number.POSITIVE_INFINITY);
    expect(issue(password, { ...EHR, domains: [] }, NOW + 99 * PERIOD_MS).data).toEqual(data);
  });

  it.each<[string, Holder, string]>([
    ["another adapter", { ...EHR, name: "lab" }, password.secret],
    ["another namespace", { ...EHR, namespace: "clinic" }, password.secret],
    ["another value of its annotation", { ...EHR, series: "2026-01-02" }, password.secret],
    ["another secret", EHR, "t".repeat(43)],
  ])("is another one for %s", (_what, holder, secret) => {
    const { data } = issue({ ...password, secret }, holder, NOW);
    expect(data["password"]).not.toBe(issue(password, EHR, NOW).data["password"]);
  });
});
