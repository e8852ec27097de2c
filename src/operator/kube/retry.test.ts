import { describe, expect, it } from "vitest";
import { FasciaError } from "../../base/errors.ts";
import { KubeError, noAnswer } from "./failure.ts";
import { pauseBefore, withRetry } from "./retry.ts";

const answered = (status: number, retryAfterMs?: number) => new KubeError("x", { status, retryAfterMs });
const broken = (code: string) => noAnswer("x", Object.assign(new Error("x"), { code }));
const half = () => 0.5;

describe("a request that failed", () => {
  it.each([
    { of: "429", error: answered(429), safe: 150, unsafe: 150 },
    { of: "429 with Retry-After", error: answered(429, 3000), safe: 3000, unsafe: 3000 },
    { of: "429 that asks for more patience than a request has", error: answered(429, 60_000) },
    { of: "500", error: answered(500), safe: 150 },
    { of: "503 with Retry-After", error: answered(503, 1000), safe: 1000 },
    { of: "a refused connection", error: broken("ECONNREFUSED"), safe: 150, unsafe: 150 },
    { of: "a connection cut before the answer", error: broken("ECONNRESET"), safe: 150 },
    { of: "403", error: answered(403) },
    { of: "404", error: answered(404) },
    { of: "409", error: answered(409) },
    { of: "422", error: answered(422) },
    { of: "an error that is none of the API server's", error: new FasciaError("NotLeading", "x") },
  ])(
    "because of $of is repeated after $safe ms where that is safe, $unsafe ms where not",
    ({ error, safe, unsafe }) => {
      expect(pauseBefore(error, 1, "safe", half)).toBe(safe);
      expect(pauseBefore(error, 1, "unsafe", half)).toBe(unsafe);
    },
  );

  it("waits longer each time and gives up after four attempts", () => {
    const waits = [1, 2, 3, 4].map((attempt) => pauseBefore(answered(500), attempt, "safe", half));
    expect(waits).toEqual([150, 300, 600, undefined]);
  });

  it("succeeds when a later attempt does", async () => {
    const slept: number[] = [];
    const clock = { sleep: (ms: number) => (slept.push(ms), Promise.resolve()) };
    let attempts = 0;
    const attempt = () => (++attempts < 3 ? Promise.reject(answered(500)) : Promise.resolve("here"));
    await expect(withRetry({ clock, random: half }, "safe", undefined, attempt)).resolves.toBe("here");
    expect(slept).toEqual([150, 300]);
  });

  it("is not repeated for a caller that gave up", async () => {
    const gone = AbortSignal.abort();
    const clock = { sleep: () => Promise.resolve() };
    let attempts = 0;
    const attempt = () => (attempts++, Promise.reject(answered(500)));
    await expect(withRetry({ clock, random: half }, "safe", gone, attempt)).rejects.toThrow("x");
    expect(attempts).toBe(1);
  });
});
