import { describe, expect, it } from "vitest";
import { noAnswer, refusal } from "./failure.ts";

const status = (code: number, reason: string, message: string, details = {}) =>
  JSON.stringify({ kind: "Status", code, reason, message, details });

describe("an answer of the API server that is none", () => {
  it.each([
    [400, "BadRequest", "KubeInvalid"],
    [401, "Unauthorized", "KubeForbidden"],
    [403, "Forbidden", "KubeForbidden"],
    [404, "NotFound", "KubeNotFound"],
    [409, "Conflict", "KubeConflict"],
    [409, "AlreadyExists", "KubeConflict"],
    [410, "Expired", "KubeExpired"],
    [422, "Invalid", "KubeInvalid"],
    [429, "TooManyRequests", "KubeThrottled"],
    [500, "InternalError", "KubeUnavailable"],
    [504, "Timeout", "KubeUnavailable"],
  ])("with %i %s is %s", (code, reason, expected) => {
    const error = refusal("GET /x", code, status(code, reason, "why"));
    expect(error).toMatchObject({ code: expected, status: code, reason });
    expect(error.message).toBe(`GET /x: the API server answers ${code} ${reason}: why`);
  });

  it("may be no Status at all, as those of proxies", () => {
    const error = refusal("GET /x", 502, "<html>Bad Gateway</html>");
    expect(error).toMatchObject({ code: "KubeUnavailable", status: 502, reason: undefined });
    expect(error.message).toBe("GET /x: the API server answers 502");
  });

  it("says in its header, or in its Status, how long to wait", () => {
    expect(refusal("x", 429, "", "3").retryAfterMs).toBe(3000);
    expect(refusal("x", 504, status(504, "Timeout", "", { retryAfterSeconds: 1 })).retryAfterMs).toBe(1000);
    expect(refusal("x", 429, "", "Wed, 21 Oct 2026 07:28:00 GMT").retryAfterMs).toBeUndefined();
  });

  it("is not quoted where it is about a Secret", () => {
    const body = status(422, "Invalid", 'data[password]: Invalid value: "hunter2"');
    expect(refusal("PATCH /api/v1/namespaces/clinic/secrets/nats", 422, body).message).not.toContain("hunter2");
  });
});

describe("a request without an answer", () => {
  it("tells the system's code, not the text of a library", () => {
    const cause = Object.assign(new Error("connect to secret.example"), { code: "ECONNREFUSED" });
    const error = noAnswer("GET /x", cause);
    expect(error).toMatchObject({ code: "KubeUnavailable", status: undefined });
    expect(error.message).toBe("GET /x: no answer from the API server: Error (ECONNREFUSED)");
  });
});
