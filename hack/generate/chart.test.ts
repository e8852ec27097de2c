import { describe, expect, test } from "vitest";
import { chartReadme, chartValues, valuesOf } from "./chart.ts";

const schema = (name: string) => ({ properties: { [name]: { type: "boolean" } } });

describe("The chart's values", () => {
  test("all have a type and a sentence", () => {
    const values = chartValues();
    expect(values.length).toBeGreaterThan(40);
    expect(values.find(({ path }) => path === "operator.replicas")).toEqual({
      path: "operator.replicas",
      type: "integer",
      default: "2",
      says: "One leads, the others stand by.",
    });
  });

  test("need a comment above them", () => {
    expect(() => valuesOf("a: true\n", schema("a"))).toThrow("a has no comment");
  });

  test("need to be in the schema", () => {
    expect(() => valuesOf("# Says.\nb: true\n", { properties: {} })).toThrow("values.schema.json lacks b");
  });

  test("need to be there when the schema has them", () => {
    expect(() => valuesOf("{}\n", schema("a"))).toThrow("values.yaml lacks a");
  });

  test("are each a row of the chart's README", () => {
    const rows = chartReadme()
      .split("\n")
      .filter((line) => line.startsWith("| `"));
    expect(rows).toHaveLength(chartValues().length);
    expect(rows).toContain(
      '| `image.pullPolicy` | `Always`, `IfNotPresent`, `Never` | `"IfNotPresent"` | `Always`, `IfNotPresent` or `Never`. |',
    );
  });
});
