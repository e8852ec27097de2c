import { expect, test } from "vitest";
import { aContractVersion, aSource, aWorld } from "../../test/builders/resources.ts";
import { judgeManifests } from "./verdicts.ts";

const NOW = Date.parse("2027-03-01T00:00:00Z");
const world = aWorld(aContractVersion(), aSource("ehr"), aSource("lis"));
const locate = ({ name }: { name: string }, path: string) => ({ file: `${name}.yaml`, line: path.length });
const judged = (sharedAddress: boolean) => judgeManifests({ resources: world, locate }, NOW, { sharedAddress });

test("a verdict has its rule, and the place where a manifest says what is wrong", async () => {
  expect(await judged(true)).toEqual([
    {
      resource: world.adapters[1],
      file: "lis.yaml",
      line: "spec.mllp.source.port".length,
      path: "spec.mllp.source.port",
      reason: "port 2575 is taken by Adapter clinic/ehr: choose another port",
      rule: "listen/port-taken",
      severity: "Deny",
    },
  ]);
});

test("adapters that have addresses of their own are in nobody's way", async () =>
  expect(await judged(false)).toEqual([]));
