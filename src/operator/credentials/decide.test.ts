import { expect, test } from "vitest";
import { RENEW_AFTER_MS, VALID_MS, decide } from "./decide.ts";

const NOW = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const WANTED = {
  name: "ward/ehr",
  permissions: { publish: ["raw.ward.ehr", "lineage.ward.ehr.*"], subscribe: ["_INBOX_fascia_ward_ehr.>"] },
  signer: "ASIGNER",
  account: "AACCOUNT",
};
const issued = (issuedAt: number, more: object = {}) => ({
  ...WANTED,
  issuedAt,
  expiresAt: issuedAt + VALID_MS,
  ...more,
});
const reason = (present: Parameters<typeof decide>[0]) => {
  const decision = decide(present, WANTED, NOW);
  return decision.action === "keep" ? "keep" : decision.reason;
};

test("credentials are valid for seven days, and minted where there are none", () => {
  expect(VALID_MS).toBe(7 * 24 * HOUR);
  expect(reason(undefined)).toBe("Missing");
  expect(reason(issued(NOW, { name: "ward/billing" }))).toBe("Missing");
});

test.each([
  [0, "keep"],
  [RENEW_AFTER_MS - 1000, "keep"],
  [RENEW_AFTER_MS, "Old"],
  [VALID_MS + HOUR, "Old"],
])("%d ms old: %s", (age, expected) => {
  expect(reason(issued(NOW - age))).toBe(expected);
});

test("what is kept says when to look again", () => {
  expect(decide(issued(NOW - 5 * HOUR), WANTED, NOW)).toEqual({ action: "keep", renewAt: NOW + 19 * HOUR });
});

test("credentials that end early are renewed early", () => {
  const short = issued(NOW - HOUR, { expiresAt: NOW + 2 * HOUR });
  expect(reason(short)).toBe("Old");
});

test("another signing key or another account, e.g. after a key was rotated, is taken up at once", () => {
  expect(reason(issued(NOW, { signer: "AOTHER" }))).toBe("SignerChanged");
  expect(reason(issued(NOW, { account: "AOTHER" }))).toBe("SignerChanged");
});

test("changed permissions are taken up at once; their order is no change", () => {
  const { publish, subscribe } = WANTED.permissions;
  expect(reason(issued(NOW, { permissions: { publish: publish.toReversed(), subscribe } }))).toBe("keep");
  expect(reason(issued(NOW, { permissions: { publish: [publish[0]], subscribe } }))).toBe("PermissionsChanged");
  expect(reason(issued(NOW, { permissions: { publish, subscribe: [">"] } }))).toBe("PermissionsChanged");
});

test("credentials signed by a clock that was ahead are replaced, an hour of difference between clocks apart", () => {
  expect(reason(issued(NOW + HOUR / 2))).toBe("keep");
  expect(reason(issued(NOW + 2 * HOUR))).toBe("FromTheFuture");
});
