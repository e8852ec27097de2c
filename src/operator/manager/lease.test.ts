import { describe, expect, it } from "vitest";
import { claim, type Lease, type Sighting, sighted, written } from "./lease.ts";

const lease = (resourceVersion: string, holderIdentity: string, leaseDurationSeconds = 15): Lease => ({
  metadata: { name: "operator", resourceVersion },
  spec: { holderIdentity, leaseDurationSeconds, leaseTransitions: 4, acquireTime: "then" },
});
const seen = (holder: string, at: number, durationMs = 15_000): Sighting => ({
  holder,
  at,
  durationMs,
  resourceVersion: "1",
});

describe("a Lease that was read", () => {
  it("keeps the time of its first sight while it stays the same", () => {
    const first = sighted(undefined, lease("1", "other"), 1000);
    expect(sighted(first, lease("1", "other"), 9000)).toMatchObject({ at: 1000, holder: "other", durationMs: 15_000 });
    expect(sighted(first, lease("2", "other"), 9000)).toMatchObject({ at: 9000 });
  });

  it("counts as held for its time though it was deleted", () => {
    const first = sighted(undefined, lease("1", "other"), 1000);
    expect(sighted(first, undefined, 9000)).toEqual(first);
  });
});

describe("a Lease", () => {
  it.each([
    { that: "was never there", sighting: undefined, claims: "take" },
    { that: "is free", sighting: seen("", 20_000, 1000), claims: "take" },
    { that: "is mine", sighting: seen("me", 0), claims: "renew" },
    { that: "was renewed by another within its time", sighting: seen("other", 5_000), claims: "wait" },
    { that: "was silent for longer", sighting: seen("other", 4_999), claims: "take" },
    { that: "belongs to one with a longer time", sighting: seen("other", 0, 60_000), claims: "wait" },
    { that: "belongs to one with a shorter time than ours", sighting: seen("other", 5_000, 2_000), claims: "wait" },
  ])("that $that: $claims", ({ sighting, claims }) => {
    expect(claim(sighting, "me", 15_000, 20_000)).toBe(claims);
  });

  it("tells when it changed hands, with six fractional digits", () => {
    const at = Date.UTC(2027, 0, 1);
    expect(written(lease("1", "other"), "me", 15_000, at).spec).toEqual({
      holderIdentity: "me",
      leaseDurationSeconds: 15,
      acquireTime: "2027-01-01T00:00:00.000000Z",
      renewTime: "2027-01-01T00:00:00.000000Z",
      leaseTransitions: 5,
    });
    expect(written(lease("1", "me"), "me", 15_000, at).spec).toMatchObject({
      acquireTime: "then",
      leaseTransitions: 4,
    });
    expect(written(lease("1", "me"), undefined, 0, at).spec).toMatchObject({
      holderIdentity: "",
      leaseDurationSeconds: 1,
      leaseTransitions: 4,
    });
  });
});
