import { expect, test } from "vitest";
import { aContractVersion, anIntegration } from "../../test/builders/resources.ts";
import type { Lifecycle } from "../api/contractversion.ts";
import { usedBy } from "./uses.ts";

const NOW = Date.parse("2027-03-01T00:00:00Z");
const PAST = "2027-01-01T00:00:00Z";
const LIVES: Record<string, Lifecycle | undefined> = {
  active: undefined,
  draft: {},
  deprecated: { publishedOn: PAST, deprecatedOn: PAST },
  retired: { publishedOn: PAST, deprecatedOn: PAST, sunsetOn: PAST, retiredOn: PAST },
};
const version = (number: string, life: string) => aContractVersion({ version: number, lifecycle: LIVES[life] });

test.each<[string, string, string[]]>([
  ["active", "active", []],
  ["deprecated", "active", ["1.1.0"]],
  ["active", "draft", ["1.0.0"]],
  ["deprecated", "draft", ["1.0.0", "1.1.0"]],
  ["deprecated", "deprecated", ["1.0.0", "1.1.0"]],
  ["retired", "deprecated", ["1.0.0", "1.1.0"]],
])("Of versions that are %s and %s a subscription to both can't do without %j", (first, second, used) => {
  const versions = [version("1.0.0", first), version("1.1.0", second), version("2.0.0", "active")];
  expect(usedBy(anIntegration("visits"), versions, NOW).map((each) => each.version.spec.version)).toEqual(used);
});
