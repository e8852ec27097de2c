import { describe, expect, test } from "vitest";
import { decide, type Periods } from "./decide.ts";
import type { Held } from "./material.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const PERIODS: Periods = { authorityMs: 300 * DAY, certificateMs: 90 * DAY, overlapMs: HOUR, skewMs: 0 };
const NAMES = ["fascia-webhook.fascia-system.svc"];

/** Authority from day 0 to 300, certificate from day 0 to 90. */
const held = (authority: Partial<Held["authority"]> = {}, certificate: Partial<Held["certificate"]> = {}): Held => ({
  authority: { from: 0, to: 300 * DAY, ...authority },
  certificate: { from: 0, to: 90 * DAY, names: NAMES, current: true, ...certificate },
});

interface Case {
  title: string;
  held: Held | undefined;
  now: number;
  action: string;
  until?: number;
}

const CASES: Case[] = [
  { title: "nothing that can be used: all is made", held: undefined, now: 0, action: "create" },
  {
    title: "all is fresh: kept until two thirds of the certificate",
    held: held(),
    now: 0,
    action: "keep",
    until: 60 * DAY,
  },
  { title: "a moment before two thirds: kept", held: held(), now: 60 * DAY - 1, action: "keep", until: 60 * DAY },
  { title: "two thirds of the certificate: issued anew", held: held(), now: 60 * DAY, action: "issue" },
  { title: "an expired certificate: issued anew", held: held(), now: 95 * DAY, action: "issue" },
  { title: "two thirds of the authority: another one is added", held: held(), now: 200 * DAY, action: "addAuthority" },
  { title: "an expired authority: all is made", held: held(), now: 300 * DAY, action: "create" },
  {
    title: "a clock that went back: kept",
    held: held({ from: 10 * DAY }, { from: 10 * DAY }),
    now: 0,
    action: "keep",
  },
  {
    title: "a certificate for another name: issued anew",
    held: held({}, { names: ["elsewhere.svc"] }),
    now: DAY,
    action: "issue",
  },
  {
    title: "a certificate for more names: kept",
    held: held({}, { names: ["elsewhere.svc", ...NAMES] }),
    now: DAY,
    action: "keep",
  },
  {
    title: "a new authority that not everybody trusts yet: the certificate of the one before is kept",
    held: held({ from: 200 * DAY, to: 500 * DAY }, { from: 180 * DAY, to: 270 * DAY, current: false }),
    now: 200 * DAY + HOUR - 1,
    action: "keep",
    until: 200 * DAY + HOUR,
  },
  {
    title: "a new authority that everybody trusts: it issues",
    held: held({ from: 200 * DAY, to: 500 * DAY }, { from: 180 * DAY, to: 270 * DAY, current: false }),
    now: 200 * DAY + HOUR,
    action: "issue",
  },
  {
    title: "a certificate about to expire under a new authority: it issues at once",
    held: held({ from: 200 * DAY, to: 500 * DAY }, { from: 110 * DAY, to: 200 * DAY + HOUR / 2, current: false }),
    now: 200 * DAY,
    action: "issue",
  },
];

describe("The certificate", () => {
  test.each(CASES)("$title", ({ held: given, now, action, until }) => {
    const decision = decide(given, NAMES, now, PERIODS);
    expect(decision.action).toBe(action);
    if (until !== undefined) expect(decision).toEqual({ action, until });
  });
});
