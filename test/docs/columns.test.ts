import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { adapterKind } from "../../src/api/adapter-kind.ts";
import { contractVersionKind } from "../../src/api/contractversion-kind.ts";

const page = await readFile(new URL("../../docs/kubernetes.md", import.meta.url), "utf8");
const shown = Array.from(page.matchAll(/^NAME .*$/gm), ([line]) => line.split(/ {2,}/));

test.each([adapterKind, contractVersionKind])(
  "docs/kubernetes.md shows $plural in the columns that kubectl prints",
  (kind) => {
    const columns = kind.printerColumns.filter(({ priority = 0 }) => priority === 0);
    expect(shown).toContainEqual(["NAME", ...columns.map(({ name }) => name.toUpperCase())]);
  },
);

test("docs/kubernetes.md explains the columns of Adapters that count", () => {
  const counting = adapterKind.printerColumns.filter(({ type, priority = 0 }) => type === "integer" && priority === 0);
  const explained = Array.from(page.matchAll(/^\| `([A-Z]+)` +\|/gm), ([, name]) => name);
  expect(explained).toEqual(counting.map(({ name }) => name.toUpperCase()));
});
