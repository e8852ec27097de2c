import { describe, expect, test } from "vitest";
import type { Verdict } from "../../policy/rule.ts";
import { respond } from "./respond.ts";
import { MAX_WARNING, warningTexts } from "./warnings.ts";

const denial: Verdict = {
  rule: "listen/port-taken",
  severity: "Deny",
  path: "spec.mllp.source.port",
  message: "taken",
};
const warning: Verdict = { rule: "references/unresolved", severity: "Warn", path: "spec.emits[0]", message: "missing" };

describe("The answer", () => {
  test("allows where there is no verdict", () => {
    expect(respond("1", [])).toEqual({ uid: "1", allowed: true });
  });

  test("allows with warnings", () => {
    const warnings = ["spec.emits[0]: missing (references/unresolved)"];
    expect(respond("1", [warning])).toEqual({ uid: "1", allowed: true, warnings });
  });

  test("denies with every denial, in a sentence for people and as causes for programs", () => {
    const unusable: Verdict = { ...denial, rule: "spec/unusable", path: "", message: "broken" };
    const { allowed, status, warnings } = respond("1", [denial, warning, unusable]);
    expect({ allowed, warnings }).toEqual({
      allowed: false,
      warnings: ["spec.emits[0]: missing (references/unresolved)"],
    });
    expect(status).toEqual({
      status: "Failure",
      reason: "Forbidden",
      code: 403,
      message: "spec.mllp.source.port: taken (listen/port-taken); broken (spec/unusable)",
      details: {
        causes: [
          { reason: "listen/port-taken", field: "spec.mllp.source.port", message: "taken" },
          { reason: "spec/unusable", field: "", message: "broken" },
        ],
      },
    });
  });

  test("stays short however many denials there are", () => {
    const many = Array.from({ length: 1000 }, () => ({ ...denial, message: "x".repeat(10_000) }));
    const { status } = respond("1", many);
    expect(status?.message.length).toBeLessThan(9000);
    expect(status?.message).toMatch(/; and 980 more$/);
    expect(status?.details?.causes).toHaveLength(20);
  });
});

describe("Warnings", () => {
  test("are no longer than the API server passes on, cut between words, and lose nothing", () => {
    const text = Array.from({ length: 120 }, (_, i) => `word${i}`).join(" ");
    const warnings = warningTexts([text]);
    expect(Math.max(...warnings.map(({ length }) => length))).toBeLessThanOrEqual(MAX_WARNING);
    expect(warnings.join(" ")).toBe(text);
  });

  test("of one endless word are cut within it", () => {
    expect(warningTexts(["x".repeat(600)]).map(({ length }) => length)).toEqual([256, 256, 88]);
  });

  test("are said once, on one line, and a dozen at most", () => {
    expect(warningTexts(["a\nb\u0007c", "a b c"])).toEqual(["a b c"]);
    const many = warningTexts(Array.from({ length: 40 }, (_, i) => `warning ${i}`));
    expect(many).toHaveLength(12);
    expect(many.at(-1)).toBe("and 29 lines more");
  });
});
