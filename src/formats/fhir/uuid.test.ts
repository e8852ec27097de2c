import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { resourceUuid } from "./uuid.ts";

const KEY = Buffer.from("0123456789abcdef");

describe("resourceUuid", () => {
  it("is HMAC-SHA-256 of the length-prefixed parts, marked as UUID of version 8", () => {
    const hmac = createHmac("sha256", KEY).update("7:Patient5:ÄÖ|17").digest("hex");
    const uuid = resourceUuid(KEY, "Patient", "ÄÖ|17");
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const plain = uuid.replaceAll("-", "");
    expect(plain.slice(0, 12) + plain.slice(13, 16) + plain.slice(17)).toBe(
      hmac.slice(0, 12) + hmac.slice(13, 16) + hmac.slice(17, 32),
    );
  });

  it("hashes a key longer than a block, as HMAC does", () => {
    const long = Buffer.alloc(100, 7);
    const hmac = createHmac("sha256", long).update("1:a").digest("hex");
    expect(resourceUuid(long, "a").slice(0, 8)).toBe(hmac.slice(0, 8));
  });

  it("gives the same id for the same parts, and another one for other parts or under another key", () => {
    expect(resourceUuid(KEY, "a", "bc")).toBe(resourceUuid(KEY, "a", "bc"));
    const others = [
      resourceUuid(KEY, "ab", "c"),
      resourceUuid(KEY, "a", "b", "c"),
      resourceUuid(Buffer.from("another key"), "a", "bc"),
    ];
    expect(new Set([resourceUuid(KEY, "a", "bc"), ...others]).size).toBe(4);
  });
});
