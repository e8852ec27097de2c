import { execFileSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createAuthority, issueCertificate, type Period } from "./x509.ts";

const DAY = 86_400_000;
const now = Date.now();
const period: Period = { from: now - DAY, to: now + 90 * DAY };
const NAMES = ["fascia-webhook.fascia-system.svc", "127.0.0.1"];
const directory = mkdtempSync(path.join(tmpdir(), "fascia-x509-"));

afterAll(() => rmSync(directory, { recursive: true }));

/** What openssl says of `certificate` when it trusts `authority` alone. */
function verify(authority: string, certificate: string, ...options: string[]): string {
  const [trusted, leaf] = [path.join(directory, "ca.crt"), path.join(directory, "tls.crt")];
  writeFileSync(trusted, authority);
  writeFileSync(leaf, certificate);
  const strict = ["-x509_strict", "-purpose", "sslserver", "-CAfile", trusted, ...options, leaf];
  return execFileSync("openssl", ["verify", ...strict], { stdio: ["ignore", "pipe", "pipe"] }).toString();
}

describe("A certificate", () => {
  const authority = createAuthority(period);
  const issued = issueCertificate(createPrivateKey(authority.key), NAMES, period);

  test("is one by the strict rules of OpenSSL, for the names that were asked for and for no other", () => {
    expect(verify(authority.certificate, issued.certificate, "-verify_hostname", NAMES[0] ?? "")).toContain(": OK");
    expect(verify(authority.certificate, issued.certificate, "-verify_ip", "127.0.0.1")).toContain(": OK");
    expect(() => verify(authority.certificate, issued.certificate, "-verify_hostname", "elsewhere")).toThrow(
      "hostname mismatch",
    );
  });

  test("is signed by its own authority and by no other", () => {
    const other = createAuthority(period);
    expect(() => verify(other.certificate, issued.certificate)).toThrow("unable to get local issuer certificate");
    expect(other.certificate).not.toBe(authority.certificate);
  });

  test("is no authority itself", () => {
    expect(new X509Certificate(issued.certificate).ca).toBe(false);
    expect(new X509Certificate(authority.certificate).ca).toBe(true);
  });

  test.each([
    ["2026", Date.UTC(2026, 0, 2, 3, 4, 5), Date.UTC(2049, 11, 31, 23, 59, 59)],
    ["2050 and later, which are written in another form", Date.UTC(2050, 0, 1), Date.UTC(2061, 5, 6, 7, 8, 9)],
  ])("counts from and to the second that it should, in %s", (_title, from, to) => {
    const { validFromDate, validToDate } = new X509Certificate(createAuthority({ from, to }).certificate);
    expect([validFromDate.getTime(), validToDate.getTime()]).toEqual([from, to]);
  });

  test("takes a name as long as a DNS name can be, and many of them", () => {
    const long = Array.from({ length: 40 }, (_, i) => `${"a".repeat(63)}.${"b".repeat(63)}.n${i}.svc`);
    const { certificate } = issueCertificate(createPrivateKey(authority.key), long, period);
    expect(verify(authority.certificate, certificate, "-verify_hostname", long.at(-1) ?? "")).toContain(": OK");
  });

  test("has another serial number each time, always positive", () => {
    const serials = Array.from(
      { length: 20 },
      () => new X509Certificate(createAuthority(period).certificate).serialNumber,
    );
    expect(new Set(serials).size).toBe(20);
    for (const serial of serials) expect(Number.parseInt(serial.slice(0, 2), 16)).toBeLessThan(0x80);
  });
});
