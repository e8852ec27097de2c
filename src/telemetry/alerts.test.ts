import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { createMetrics } from "./metrics.ts";
import { createOperatorMetrics } from "./operatormetrics.ts";

interface Group {
  name: string;
  rules: { alert: string; expr: string; annotations: { summary: string; description: string } }[];
}

const file = new URL("../../charts/fascia/files/alerts.yaml", import.meta.url);
const rules = (parse(await readFile(file, "utf8")) as Group[]).flatMap((group) => group.rules);

/** Words of PromQL that are no metrics. */
const FUNCTIONS = new Set("sum absent increase delta time or and min_over_time by".split(" "));
const metricsIn = (expr: string): string[] =>
  (expr.replaceAll(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"/g, "").match(/[a-z_][a-z0-9_]*/g) ?? []).filter(
    (word) => !FUNCTIONS.has(word),
  );

const exported = await (async () => {
  const texts = [await createMetrics().text(), await createOperatorMetrics().text()];
  return new Set(texts.flatMap((text) => [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name)));
})();

test.each(rules)("the alert $alert is about metrics that there are", ({ expr }) => {
  const used = metricsIn(expr);
  expect(used.length).toBeGreaterThan(0);
  expect(used.filter((metric) => !exported.has(metric))).toEqual([]);
});

test.each(rules)("the alert $alert tells what it means and what to do", ({ annotations }) => {
  expect(annotations.summary.length).toBeGreaterThan(20);
  expect(annotations.description.length).toBeGreaterThan(20);
});
