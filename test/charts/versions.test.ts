import { readFile } from "node:fs/promises";
import { compare } from "semver";
import { expect, test } from "vitest";
import { parse } from "yaml";
import packageLock from "../../package-lock.json" with { type: "json" };
import packageJson from "../../package.json" with { type: "json" };
import { EARLIER_CHART } from "./earlier.ts";

const chart = parse(await readFile(new URL("../../charts/fascia/Chart.yaml", import.meta.url), "utf8")) as {
  version: string;
  appVersion: string;
};

test("the chart has the version of what it installs, and so has the lock file", () => {
  const { version } = packageJson;
  expect([chart.version, chart.appVersion, packageLock.version]).toEqual([version, version, version]);
});

test("the chart is newer than the one that upgrades begin with", () => {
  const [, earlier = ""] = /fascia-(.+)\.tgz$/.exec(EARLIER_CHART) ?? [];
  expect(compare(chart.version, earlier)).toBe(1);
});
