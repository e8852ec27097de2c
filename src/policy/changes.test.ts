import { describe, expect, test } from "vitest";
import { aContractVersion, aDataDomain, aPolicyException, aSource, aWorld } from "../../test/builders/resources.ts";
import { judgeChanges, judgeEdits } from "./changes.ts";
import type { Resource } from "./rule.ts";

const NOW = Date.parse("2027-03-01T00:00:00Z");
const visit = aContractVersion();
/** As the API server has it. */
const stored = <R extends Resource>(resource: R, more: object = {}): R => ({
  ...resource,
  metadata: {
    ...resource.metadata,
    uid: `uid of ${resource.metadata.name}`,
    generation: 1,
    creationTimestamp: "2027-01-01T00:00:00Z",
    ...more,
  },
});
const said = async (current: Resource[], wanted: Resource[]): Promise<string[]> =>
  (await judgeChanges(aWorld(...wanted), aWorld(...current), NOW)).flatMap(({ resource, verdicts }) =>
    verdicts.map(({ severity, rule }) => `${severity} ${rule} ${resource.metadata.name}`),
  );

describe("Applied to what is there, a directory", () => {
  test("is judged with what it refers to there", async () => {
    expect(await said([stored(visit)], [aSource("ehr")])).toEqual([]);
    expect(await said([], [aSource("ehr")])).toEqual(["Warn references/unresolved ehr"]);
    expect(await said([], [aSource("ehr"), visit])).toEqual([]);
  });

  test("is judged by rules that compare what was with what shall be", async () => {
    const lifecycle = { publishedOn: "2027-02-01T00:00:00Z" };
    const published = stored(aContractVersion({ lifecycle }));
    const edited = aContractVersion({ lifecycle, json: { schema: { type: "array" } } });
    expect(await said([published], [edited])).toEqual(["Deny lifecycle/published-changed visit-v1.0.0"]);
    expect(await said([published], [aContractVersion({ lifecycle })])).toEqual([]);
  });

  test("is only warned of what is wrong there already", async () => {
    const current = [stored(visit), stored(aSource("ehr")), stored(aSource("lis"))];
    expect(await said(current, [aSource("lis")])).toEqual(["Warn listen/port-taken lis"]);
  });

  test("is only warned of a translation that fails there already, and denied one that it brings", async () => {
    const json = { schema: { required: ["unit"] } };
    const translations = [{ from: "1.0.0", jsonata: "{}" }];
    const failing = () => aContractVersion({ version: "1.1.0", json, compatibility: "None", translations });
    const current = [stored(aContractVersion({ examples: [{ name: "a", payload: {} }] }))];
    expect(await said(current, [failing()])).toEqual(["Deny compatibility/translation-fails visit-v1.1.0"]);
    expect(await said([...current, stored(failing())], [failing()])).toEqual([
      "Warn compatibility/translation-fails visit-v1.1.0",
    ]);
  });

  test("is denied an example that a translation of another version, which stays as it is, fails for", async () => {
    const translations = [{ from: "1.0.0", jsonata: '"text"' }];
    const translating = () => aContractVersion({ version: "1.1.0", translations });
    const examples = [{ name: "a", payload: {} }];
    const exemplified = aContractVersion({ examples });
    const current = [stored(visit), stored(translating())];
    const denied = ["Deny compatibility/translation-fails visit-v1.0.0"];
    expect(await said(current, [exemplified])).toEqual(denied);
    expect(await said(current, [exemplified, translating()])).toEqual([
      ...denied,
      "Warn compatibility/translation-fails visit-v1.1.0",
    ]);
    expect(await said([stored(visit)], [exemplified, translating()])).toEqual([
      "Deny compatibility/translation-fails visit-v1.1.0",
    ]);
  });

  test("believes of two domains that contradict each other the one that the operator has let take effect", async () => {
    const current = [
      stored(aDataDomain({ ehr: ["clinic/b"] }, "a")),
      stored(aDataDomain({ ehr: ["clinic/ehr"] }, "b")),
    ];
    const among = async (denied: string) =>
      (await judgeChanges(aWorld(aSource("ehr", 0)), { ...aWorld(visit, ...current), denied: new Set([denied]) }, NOW))
        .length;
    expect([await among("a"), await among("b")]).toEqual([0, 1]);
  });

  test("stands behind what is there, however long ago that was made what it edits", async () => {
    const older = stored(aSource("ehr", 2576), { creationTimestamp: "2026-01-01T00:00:00Z" });
    const current = [stored(visit), older, stored(aSource("lis"))];
    expect(await said(current, [aSource("ehr")])).toEqual(["Deny listen/port-taken ehr"]);
    expect(await said(current, [aSource("ehr"), aSource("lis")])).toEqual(["Deny listen/port-taken ehr"]);
  });

  test("may change several at once so that they fit together", async () => {
    const current = [stored(visit), stored(aSource("ehr", 2575)), stored(aSource("lis", 2576))];
    expect(await said(current, [aSource("ehr", 2576), aSource("lis", 2575)])).toEqual([]);
  });

  test("has the later one in the wrong where two of it forbid one another", async () => {
    expect(await said([stored(visit)], [aSource("b"), aSource("a")])).toEqual(["Deny listen/port-taken b"]);
  });

  test("says nothing of what it does not hold", async () => {
    expect(await said([stored(aSource("ehr"))], [])).toEqual([]);
  });
});

describe("Edited, a directory that is in effect", () => {
  const lifecycle = { publishedOn: "2027-02-01T00:00:00Z", deprecatedOn: "2027-02-15T00:00:00Z" };
  const saidOf = (former: Resource[], wanted: Resource[]): string[] =>
    judgeEdits(aWorld(...wanted), aWorld(...former), NOW).flatMap(({ verdicts }) =>
      verdicts.map(({ severity, rule, path }) => `${severity} ${rule} ${path}`.trim()),
    );

  test("keeps what it has promised and announced, as on a cluster", () => {
    const was = aContractVersion({ lifecycle });
    expect(saidOf([was], [aContractVersion({ lifecycle, json: { schema: { type: "array" } } })])).toEqual([
      "Deny lifecycle/published-changed spec.json",
    ]);
    const moved = { ...lifecycle, publishedOn: "2027-02-02T00:00:00Z" };
    expect(saidOf([was], [aContractVersion({ lifecycle: moved })])).toEqual([
      "Deny lifecycle/instant-moved spec.lifecycle.publishedOn",
    ]);
    expect(saidOf([was], [was])).toEqual([]);
  });

  test("changes what is in use in change windows only", () => {
    const care = aDataDomain();
    care.spec.changeWindows = [{ schedule: "0 22 * * 2", durationMinutes: 60, timeZone: "Europe/Berlin" }];
    expect(saidOf([visit, care, aSource("ehr")], [visit, care, aSource("ehr", 2580)])).toEqual([
      "Deny change-window/closed spec",
    ]);
  });

  test("is believed who approved an exception, but the exception stays what was approved", () => {
    expect(saidOf([], [aPolicyException()])).toEqual([]);
    expect(saidOf([aPolicyException()], [aPolicyException({ reason: "another one" })])).toEqual([
      "Deny exception/changed spec.reason",
    ]);
  });

  test("is not judged here as a state, and may lose resources", () => {
    expect(saidOf([visit, aSource("ehr")], [aSource("ehr"), aSource("lis")])).toEqual([]);
  });
});
