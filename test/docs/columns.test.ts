import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { adapterKind } from "../../src/api/adapter-kind.ts";

const page = await readFile(new URL("../../docs/kubernetes.md", import.meta.url), "utf8");

test("docs/kubernetes.md shows Adapters in the columns that kubectl prints, and explains those that count", () => {
  const columns = adapterKind.printerColumns.filter(({ priority = 0 }) => priority === 0);
  const printed = ["NAME", ...columns.map(({ name }) => name.toUpperCase())];
  expect(/^NAME .*$/m.exec(page)?.[0].split(/\s+/)).toEqual(printed);
  const counting = columns.filter(({ type }) => type === "integer").map(({ name }) => name.toUpperCase());
  const explained = Array.from(page.matchAll(/^\| `([A-Z]+)` +\|/gm), ([, name]) => name);
  expect(explained).toEqual(counting);
});
