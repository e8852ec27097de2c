import { describe, expect, test } from "vitest";
import { aContractVersion, aSource, aTarget } from "../../../test/builders/resources.ts";
import type { User } from "../../policy/uses.ts";
import { MAX_USES } from "../../api/contractversion-status.ts";
import { lifeOf, nextLook } from "./life.ts";

const NOW = Date.parse("2027-03-01T00:00:00.700Z");
const CREATED = "2027-01-01T00:00:00Z";
const HOUR = 3_600_000;
const withMetadata = (user: User, metadata: object): User =>
  ({ ...user, metadata: { ...user.metadata, creationTimestamp: CREATED, ...metadata } }) as User;
const ehr = withMetadata(aSource("ehr"), { uid: "1", generation: 1 });
const lab = withMetadata(aTarget("lab"), { uid: "2", generation: 3 });
const version = (lifecycle?: object) => aContractVersion(lifecycle && { lifecycle });

describe("The account of uses", () => {
  test("begins with a resource's creation where it was never changed, else when it is first seen", () => {
    expect(lifeOf(version(), [lab, ehr], [], NOW)).toEqual({
      phase: "Active",
      useCount: 2,
      uses: [
        { kind: "Adapter", namespace: "clinic", name: "ehr", uid: "1", since: CREATED },
        { kind: "Adapter", namespace: "clinic", name: "lab", uid: "2", since: "2027-03-01T00:00:00Z" },
      ],
    });
  });

  test("keeps the time of who stands there, and nobody who is gone or another of the same name", () => {
    const before = lifeOf(version(), [lab, ehr], [], NOW - HOUR).uses;
    const again = withMetadata(aTarget("lab"), { uid: "3", generation: 2 });
    expect(lifeOf(version(), [lab], before, NOW).uses).toEqual([before[1]]);
    expect(lifeOf(version(), [again], before, NOW).uses).toMatchObject([{ uid: "3", since: "2027-03-01T00:00:00Z" }]);
  });

  test("is the same in whatever order users are found, and bounded, with the longest use in front", () => {
    const crowd = Array.from({ length: MAX_USES + 1 }, (_, i) => withMetadata(lab, { uid: `u${i}` }));
    const before = lifeOf(version(), [crowd[MAX_USES] as User], [], NOW - HOUR).uses;
    const life = lifeOf(version(), crowd, before, NOW);
    expect([life.useCount, life.uses.length, life.uses[0]?.uid]).toEqual([MAX_USES + 1, MAX_USES, `u${MAX_USES}`]);
    expect(lifeOf(version(), crowd.toReversed(), before, NOW)).toEqual(life);
  });
});

describe("A life", () => {
  const life = {
    publishedOn: CREATED,
    deprecatedOn: "2027-02-01T00:00:00Z",
    sunsetOn: "2027-03-03T00:00:00Z",
    retiredOn: "2027-04-01T00:00:00Z",
  };

  test.each([
    ["2027-01-31T23:59:59Z", "Active", 31],
    ["2027-03-01T00:00:00Z", "Deprecated", 2],
    ["2027-03-02T00:00:00Z", "Deprecated", 1],
    ["2027-03-02T23:59:59Z", "Deprecated", 1],
    ["2027-03-03T00:00:00Z", "Sunset", 0],
    ["2027-05-01T00:00:00Z", "Retired", 0],
  ])("at %s is %s with %i days left", (instant, phase, daysLeft) => {
    expect(lifeOf(version(life), [], [], Date.parse(instant))).toMatchObject({ phase, daysLeft });
  });

  test("is looked at again when there is a day less, at the next instant, and every ten minutes", () => {
    const look = (instant: string) => nextLook(version(life), Date.parse(instant));
    expect(look("2027-03-01T23:59:00Z")).toBe(60_000);
    expect(look("2027-03-02T00:00:00Z")).toBe(600_000);
    expect(look("2027-03-02T23:59:59.900Z")).toBe(100);
    expect(look("2027-03-31T23:59:58Z")).toBe(2_000);
    expect(look("2027-01-15T00:00:00Z")).toBe(600_000);
  });

  test("without anything ahead stays as it is", () => {
    expect(nextLook(version(), NOW)).toBeUndefined();
    expect(nextLook(version({ publishedOn: CREATED }), NOW)).toBeUndefined();
    expect(nextLook(version(life), Date.parse(life.retiredOn))).toBeUndefined();
  });
});
