import { readFile } from "node:fs/promises";
import { compare } from "semver";
import { expect, test } from "vitest";
import { parse } from "yaml";
import packageJson from "../../package.json" with { type: "json" };
import { EARLIER_CHART } from "./earlier.ts";

const chart = parse(await readFile(new URL("../../charts/fascia/Chart.yaml", import.meta.url), "utf8")) as {
  version: string;
  appVersion: string;
};

test("the chart has the version of what it installs", () => {
  expect([chart.version, chart.appVersion]).toEqual([packageJson.version, packageJson.version]);
});

test("the chart is newer than the one that upgrades begin with", () => {
  const [, earlier = ""] = /fascia-(.+)\.tgz$/.exec(EARLIER_CHART) ?? [];
  expect(compare(chart.version, earlier)).toBe(1);
});
