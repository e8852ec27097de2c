import { createHmac } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyedHash } from "./hash.ts";
import { hmac } from "./hmac.ts";

const part = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "binary", minLength: 300, maxLength: 1_200 }),
  fc.string({ minLength: 330, maxLength: 350 }),
  fc.uint8Array({ maxLength: 100 }),
);

/** By the engine, all parts one behind the other. */
function byEngine(secret: Uint8Array, parts: (string | Uint8Array)[]) {
  const result = createHmac("sha256", secret);
  for (const one of parts) result.update(`${one.length}:`).update(one);
  return result;
}

describe("HMAC", () => {
  it("is the engine's, whatever key, however many and long the parts, one message after the other", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 130 }), fc.array(fc.array(part, { maxLength: 4 })), (secret, messages) => {
        for (const parts of messages) {
          expect(hmac(secret, parts, "hex")).toBe(byEngine(secret, parts).digest("hex"));
          expect(hmac(secret, parts, "base64url")).toBe(byEngine(secret, parts).digest("base64url"));
        }
      }),
    );
  });

  it("has another value where the same text is cut elsewhere", () => {
    const key = { id: "k", secret: Buffer.from("a key that only tests have") };
    expect(keyedHash(key, "a", "bc")).not.toBe(keyedHash(key, "ab", "c"));
    expect(keyedHash(key, "a", "bc")).toMatch(/^k\.[\w-]{22}$/);
  });
});
