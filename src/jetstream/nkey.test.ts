import { nkeys } from "@nats-io/nats-core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { publicKeyOf, seedOf } from "./nkey.ts";

test.each([
  ["operator", "SO", "O"],
  ["account", "SA", "A"],
  ["user", "SU", "U"],
] as const)("any 32 bytes are the seed of an %s, as the client reads and writes it", (kind, seedBegins, keyBegins) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (secret) => {
      const seed = seedOf(kind, secret);
      expect(seed).toMatch(new RegExp(`^${seedBegins}[A-Z2-7]{56}$`));
      expect(publicKeyOf(seed)).toMatch(new RegExp(`^${keyBegins}[A-Z2-7]{55}$`));
      const read = nkeys.fromSeed(Buffer.from(seed));
      expect(Buffer.from(read.getSeed()).toString()).toBe(seed);
      expect(Buffer.from((read as unknown as { getRawSeed(): Uint8Array }).getRawSeed())).toEqual(Buffer.from(secret));
    }),
    { numRuns: 50 },
  );
});

test("what is no seed is refused", () => {
  const seed = seedOf("user", new Uint8Array(32));
  const mistyped = seed.replace("A", "B");
  expect(mistyped).not.toBe(seed);
  for (const text of ["", "SUAnonsense", seed.slice(1), mistyped]) expect(() => publicKeyOf(text)).toThrow("nkeys");
});
