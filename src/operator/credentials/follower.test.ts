import { beforeEach, expect, test } from "vitest";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import { API_PREFIX } from "../../compile/exports.ts";
import { FasciaError } from "../../base/errors.ts";
import { createLog } from "../../telemetry/log.ts";
import { IssuerFollower } from "./follower.ts";
import type { Issuer } from "./issue.ts";
import { CredentialState } from "./state.ts";

const password = (secret: string): Issuer => ({ kind: "Password", secret, apiPrefix: API_PREFIX });
const never = new AbortController().signal;

let clock: ManualClock;
let state: CredentialState;
let lines: string[];
let found: Issuer | Error;
let follower: IssuerFollower;
/** How often others began to issue. */
let changes: number;

beforeEach(() => {
  clock = new ManualClock();
  state = new CredentialState();
  lines = [];
  changes = 0;
  state.onChange(() => changes++);
  const log = createLog({ level: "info", destination: { write: (line) => void lines.push(line) } });
  const read = () => (found instanceof Error ? Promise.reject(found) : Promise.resolve(found));
  follower = new IssuerFollower({ read, state, clock, log });
});

async function pass(ms: number): Promise<void> {
  await clock.sleeping(ms);
  clock.advance(ms);
  await clock.sleeping(ms);
}

test("Who issues is told once, and again only when somebody else does", async () => {
  found = password("a");
  await follower.start(never);
  await pass(10_000);
  expect([state.issuer, changes]).toEqual([password("a"), 1]);
  found = password("b");
  await pass(10_000);
  expect([state.issuer, changes]).toEqual([password("b"), 2]);
  await follower.stop();
});

test("While it can't be told, who issued before goes on, and the log says why", async () => {
  found = password("a");
  await follower.start(never);
  found = new FasciaError("SigningKeyInvalid", "no seed");
  await pass(10_000);
  expect([state.issuer, changes]).toEqual([password("a"), 1]);
  expect(lines.join("")).toContain("no seed");
  await follower.stop();
});

test("It begins when somebody issues, however late", async () => {
  found = new FasciaError("CredentialsUnusable", "not there yet");
  const started = follower.start(never);
  await pass(2000);
  expect(state.issuer).toBeUndefined();
  found = password("a");
  clock.advance(2000);
  await started;
  expect(state.issuer).toEqual(password("a"));
  await follower.stop();
});

test("It ends before it has begun", async () => {
  found = new FasciaError("CredentialsUnusable", "not there yet");
  const started = follower.start(never);
  await clock.sleeping(2000);
  await follower.stop();
  await started;
  expect(clock.sleepers).toBe(0);
});

test("That adapters connect without credentials is said once", async () => {
  found = { kind: "None" };
  await follower.start(never);
  await pass(10_000);
  expect(lines.filter((line) => line.includes("adapters connect without credentials"))).toHaveLength(1);
  await follower.stop();
});
