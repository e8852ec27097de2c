import { describe, expect, test } from "vitest";
import { aContractVersion, aWorld } from "../../../test/builders/resources.ts";
import type { Lifecycle } from "../../api/contractversion.ts";
import { evaluate } from "../evaluate.ts";
import { INSTANT_MOVED } from "./instants.ts";

const NOW = "2027-03-01T00:00:00Z";
const PAST = "2027-01-01T00:00:00Z";
const AHEAD = "2027-06-01T00:00:00Z";
const LATER = "2027-07-01T00:00:00Z";

function moved(before: Lifecycle | undefined, after: Lifecycle | undefined): string[] {
  const change = {
    operation: "UPDATE",
    old: aContractVersion({ lifecycle: before }),
    new: aContractVersion({ lifecycle: after }),
    dryRun: false,
    now: Date.parse(NOW),
  } as const;
  return evaluate(change, aWorld(), [INSTANT_MOVED]).map(({ severity, path }) => `${severity} ${path}`);
}

interface Case {
  title: string;
  before: Lifecycle | undefined;
  after: Lifecycle | undefined;
}
const published = { publishedOn: PAST };
const deprecated = { publishedOn: PAST, deprecatedOn: PAST };

const REFUSED: (Case & { path: string })[] = [
  {
    title: "an instant that was reached and changes",
    before: published,
    after: { publishedOn: "2027-01-02T00:00:00Z" },
    path: "publishedOn",
  },
  { title: "an instant that was reached and goes", before: deprecated, after: published, path: "deprecatedOn" },
  {
    title: "the very instant of the change, which counts as reached",
    before: { ...published, deprecatedOn: NOW },
    after: { ...published, deprecatedOn: AHEAD },
    path: "deprecatedOn",
  },
  { title: "a life that goes", before: published, after: undefined, path: "publishedOn" },
  {
    title: "a sunset that moves earlier",
    before: { ...deprecated, sunsetOn: LATER },
    after: { ...deprecated, sunsetOn: AHEAD },
    path: "sunsetOn",
  },
  {
    title: "a sunset that is called off while users count on it, to be announced anew",
    before: { ...deprecated, sunsetOn: LATER },
    after: deprecated,
    path: "sunsetOn",
  },
  {
    title: "a publication ahead of what was Active without a life",
    before: undefined,
    after: { publishedOn: AHEAD },
    path: "publishedOn",
  },
  { title: "an empty life of what was Active", before: undefined, after: {}, path: "publishedOn" },
  {
    title: "a deprecation that is dated back",
    before: published,
    after: { ...published, deprecatedOn: "2027-02-28T23:59:59Z" },
    path: "deprecatedOn",
  },
];

const ALLOWED: Case[] = [
  { title: "the same instant in other words", before: published, after: { publishedOn: "2027-01-01T01:00:00+01:00" } },
  { title: "a deprecation from now on", before: published, after: { ...published, deprecatedOn: NOW } },
  {
    title: "a sunset that moves later",
    before: { ...deprecated, sunsetOn: AHEAD },
    after: { ...deprecated, sunsetOn: LATER },
  },
  {
    title: "a sunset called off before the deprecation",
    before: { ...published, deprecatedOn: AHEAD, sunsetOn: LATER },
    after: { ...published, deprecatedOn: AHEAD },
  },
  {
    title: "a deprecation ahead that moves earlier",
    before: { ...published, deprecatedOn: LATER },
    after: { ...published, deprecatedOn: AHEAD },
  },
  { title: "a Draft that is published in hindsight", before: {}, after: published },
  {
    title: "a Draft that is published later than was meant",
    before: { publishedOn: AHEAD },
    after: { publishedOn: LATER },
  },
  { title: "a Draft whose life goes, which publishes it", before: {}, after: undefined },
  { title: "a life for what was Active without one", before: undefined, after: { ...published, deprecatedOn: AHEAD } },
];

describe("An update of a ContractVersion", () => {
  test.each(REFUSED)("is refused for $title", ({ before, after, path }) => {
    expect(moved(before, after)).toEqual([`Deny spec.lifecycle.${path}`]);
  });

  test.each(ALLOWED)("may bring $title", ({ before, after }) => {
    expect(moved(before, after)).toEqual([]);
  });
});

describe("A sunset after which users go on", () => {
  const told = { ...deprecated, sunsetOn: LATER };
  const hardened = (lifecycle: Lifecycle, from: "Warn" | "Block" | undefined, to: "Warn" | "Block" | undefined) => {
    const [before, after] = [aContractVersion({ lifecycle }), aContractVersion({ lifecycle })];
    const change = {
      operation: "UPDATE",
      old: { ...before, spec: { ...before.spec, afterSunset: from } },
      new: { ...after, spec: { ...after.spec, afterSunset: to } },
      dryRun: false,
      now: Date.parse(NOW),
    } as const;
    return evaluate(change, aWorld(), [INSTANT_MOVED]).map(({ severity, path }) => `${severity} ${path}`);
  };

  test("does not come to block them once the deprecation has begun", () => {
    expect(hardened(told, undefined, "Block")).toEqual(["Deny spec.afterSunset"]);
    expect(hardened({ ...told, sunsetOn: PAST }, "Warn", "Block")).toEqual(["Deny spec.afterSunset"]);
  });

  test("may while nobody counts on it: before the deprecation, or before it is announced", () => {
    expect(hardened({ ...published, deprecatedOn: AHEAD, sunsetOn: LATER }, "Warn", "Block")).toEqual([]);
    expect(hardened(deprecated, undefined, "Block")).toEqual([]);
  });

  test("that blocks them may become milder, and stays as it is", () => {
    expect(hardened({ ...told, sunsetOn: PAST }, "Block", "Warn")).toEqual([]);
    expect(hardened({ ...told, sunsetOn: PAST }, "Block", undefined)).toEqual([]);
    expect(hardened(told, "Block", "Block")).toEqual([]);
  });
});
