import { describe, expect, test } from "vitest";
import type { AuditRecord } from "../../api/audit.ts";
import { Repeats } from "./repeats.ts";

const MINUTE = 60_000;
const denied = (at: number, name = "ehr", user = "ada"): AuditRecord => ({
  verdict: "Denied",
  by: "Admission",
  at,
  count: 1,
  user: { name: user, groups: [] },
  request: `request at ${at}`,
  operation: "CREATE",
  resource: { kind: "Adapter", namespace: "clinic", name },
  rules: [{ rule: "listen/port-taken", path: "spec" }],
});

describe("A denial", () => {
  test("is told at once, and what is the same within a minute once more, with its count", () => {
    const repeats = new Repeats();
    const { write, opened } = repeats.take(denied(0));
    expect([write, opened?.ms]).toEqual([denied(0), MINUTE]);
    for (const at of [10, 20, 30]) expect(repeats.take(denied(at))).toEqual({});
    const { write: counted, opened: next } = repeats.close(opened?.key ?? "");
    expect(counted).toEqual({ ...denied(10), until: 30, count: 3 });
    expect(next?.ms).toBe(2 * MINUTE);
    expect(repeats.close(next?.key ?? "")).toEqual({});
    expect(repeats.take(denied(MINUTE * 4)).write).toEqual(denied(MINUTE * 4));
  });

  test("of a machine that never gives up is told once an hour in the end", () => {
    const repeats = new Repeats();
    let { opened } = repeats.take(denied(0));
    for (let i = 1; i <= 10; i++) {
      repeats.take(denied(i));
      ({ opened } = repeats.close(opened?.key ?? ""));
    }
    expect(opened?.ms).toBe(60 * MINUTE);
  });

  test.each<[string, AuditRecord]>([
    ["by somebody else", denied(1, "ehr", "grace")],
    ["of something else", denied(1, "lis")],
    ["by another rule", { ...denied(1), rules: [{ rule: "baseline/tls", path: "" }] }],
    ["of another operation", { ...denied(1), operation: "UPDATE" }],
  ])("%s is another one", (_, other) => {
    const repeats = new Repeats();
    repeats.take(denied(0));
    expect(repeats.take(other).write).toEqual(other);
  });

  test("of ever other names is told together, and leaves room for what others are denied", () => {
    const repeats = new Repeats();
    const written = Array.from({ length: 1000 }, (_, i) => repeats.take(denied(i, `n${i}`)).write).filter(Boolean);
    expect(written).toHaveLength(101);
    expect(written.at(-1)?.resource).toEqual({ kind: "Adapter", name: "" });
    expect(repeats.rest()).toMatchObject([{ count: 899, resource: { name: "" } }]);
    expect(repeats.take(denied(0, "ehr", "grace")).write).toEqual(denied(0, "ehr", "grace"));
  });
});
