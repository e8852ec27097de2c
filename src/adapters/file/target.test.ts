import { execFile } from "node:child_process";
import {
  appendFile,
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from "vitest";
import { eventually } from "../../../test/builders/eventually.ts";
import { stillOpen } from "../../../test/builders/stillopen.ts";
import { createLog } from "../../telemetry/log.ts";
import { systemClock } from "../../base/clock.ts";
import { isChannel, type Outcome, type Secrets, type Target } from "../adapter.ts";
import { createFileTarget } from "./target.ts";

const never = new AbortController().signal;
const noSecrets: Secrets = { read: async () => Buffer.alloc(0), readOptional: async () => undefined };

let directory: string;
let path: string;
let target: Target;
let log: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "fascia-file-target-"));
  path = join(directory, "audit.ndjson");
  log = "";
  create();
});
afterEach(async () => {
  await target.close();
  await rm(directory, { recursive: true, force: true });
});

function create(at = path): void {
  const destination = { write: (line: string) => void (log += line) };
  const deps = { secrets: noSecrets, clock: systemClock, log: createLog({ level: "debug", destination }) };
  target = createFileTarget({ path: at }, deps);
}

async function deliver(payload: unknown, signal = never): Promise<Outcome> {
  const channel = await target.acquire(never);
  if (!isChannel(channel)) return channel;
  const outcome = await channel.send({ payload, messageId: "k1.m", idempotencyKey: "k1.abc" }, signal);
  channel.release();
  return outcome;
}

const content = (): Promise<string> => readFile(path, "utf8");

test("each message is one line of JSON", async () => {
  expect(await deliver({ text: "two\nlines" })).toEqual({ kind: "Delivered", detail: "appended and synced" });
  await deliver("ü");
  expect(await content()).toBe('{"text":"two\\nlines"}\n"ü"\n');
});

test("the file is made for its owner alone, and one that is there is appended to", async () => {
  await deliver(1);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await target.close();
  create();
  await deliver(2);
  expect(await content()).toBe("1\n2\n");
});

test("a line that a crash cut short was never reported, and is removed when the file is opened", async () => {
  await writeFile(path, '{"n":1}\n{"n":2}\n{"CANARY');
  await deliver({ n: 3 });
  expect(await content()).toBe('{"n":1}\n{"n":2}\n{"n":3}\n');
  expect(log).toContain("torn last line removed");
  expect(log).not.toContain("CANARY");
});

test("a torn line longer than what is read at once is found", async () => {
  await writeFile(path, `1\n"${"x".repeat(200_000)}`);
  await deliver(2);
  expect(await content()).toBe("1\n2\n");
  await target.close();
  await writeFile(path, `"${"x".repeat(200_000)}`);
  create();
  await deliver(3);
  expect(await content()).toBe("3\n");
});

test("after rotation by renaming lines go to the new file, none to the old one", async () => {
  await deliver(1);
  await rename(path, `${path}.1`);
  await deliver(2);
  await writeFile(`${path}.new`, "0\n");
  await rename(`${path}.new`, path);
  await deliver(3);
  expect(await readFile(`${path}.1`, "utf8")).toBe("1\n");
  expect(await content()).toBe("0\n3\n");
});

test("after rotation by truncating lines begin at the file's start", async () => {
  await deliver(1);
  await truncate(path, 0);
  await deliver(2);
  expect(await content()).toBe("2\n");
});

test("deliveries that come together share syncs, and all are there", async () => {
  const outcomes = await Promise.all(Array.from({ length: 500 }, (_, n) => deliver({ n })));
  expect(outcomes.every((outcome) => outcome.kind === "Delivered")).toBe(true);
  const lines = (await content()).trimEnd().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { n: number }).n)).toEqual(Array.from({ length: 500 }, (_, n) => n));
});

test("a file that can't be opened is Transient for the whole target, and it recovers", async () => {
  create(join(directory, "missing", "audit.ndjson"));
  expect(await deliver(1)).toEqual({
    kind: "Transient",
    reason: "the file cannot be opened: its directory does not exist (ENOENT)",
    down: true,
  });
  await mkdir(join(directory, "missing"));
  expect((await deliver(1)).kind).toBe("Delivered");
  await target.close();
  create(directory);
  expect(await deliver(1)).toMatchObject({ kind: "Transient", down: true });
});

test("a file that goes away under way is Transient, and nothing is written anywhere else", async () => {
  const within = join(directory, "within");
  await mkdir(within);
  create(join(within, "audit.ndjson"));
  await deliver(1);
  await rename(within, join(directory, "gone"));
  expect(await deliver(2)).toMatchObject({ kind: "Transient", down: true });
  expect(await readFile(join(directory, "gone", "audit.ndjson"), "utf8")).toBe("1\n");
});

test("what is no JSON value is Permanent", async () => {
  expect(await deliver(undefined)).toMatchObject({ kind: "Permanent" });
  expect(await deliver(1n)).toMatchObject({ kind: "Permanent" });
});

test("giving up before the line was written is Transient, while it is being synced Ambiguous", async () => {
  expect(await deliver(1, AbortSignal.abort())).toMatchObject({ kind: "Transient", down: false });
  const giveUp = new AbortController();
  const channel = await target.acquire(never);
  if (!isChannel(channel)) throw new Error(channel.reason);
  const outcomes = [2, 3].map((payload) =>
    channel.send({ payload, messageId: "k1.m", idempotencyKey: "k1.abc" }, giveUp.signal),
  );
  giveUp.abort();
  channel.release();
  expect((await Promise.all(outcomes)).map((outcome) => outcome.kind).sort()).toEqual(["Ambiguous", "Transient"]);
  await target.close();
  expect(await content()).not.toContain("3");
});

test("a full disk takes nothing: the write is undone and Transient", async () => {
  // A file size limit of one block makes the write fall short with EFBIG, as a full disk does with ENOSPC.
  const script = `
    process.on("SIGXFSZ", () => {});
    const { createFileTarget } = await import(${JSON.stringify(new URL("target.ts", import.meta.url).href)});
    const { silentLog } = await import(${JSON.stringify(new URL("../../telemetry/log.ts", import.meta.url).href)});
    const { systemClock } = await import(${JSON.stringify(new URL("../../base/clock.ts", import.meta.url).href)});
    const target = createFileTarget({ path: process.argv[1] }, { log: silentLog, clock: systemClock });
    const channel = await target.acquire(new AbortController().signal);
    const send = (payload) => channel.send({ payload }, new AbortController().signal);
    const outcomes = [await send("fits"), await send("x".repeat(5000)), await send("fits again")];
    console.log(JSON.stringify(outcomes.map(({ kind, down }) => ({ kind, down }))));`;
  const command = `ulimit -f 1; exec "$0" --input-type=module -e "$1" "$2"`;
  const { stdout } = await promisify(execFile)("bash", ["-c", command, process.execPath, script, path]);
  expect(JSON.parse(stdout)).toEqual([{ kind: "Delivered" }, { kind: "Transient", down: true }, { kind: "Delivered" }]);
  expect(await content()).toBe('"fits"\n"fits again"\n');
});

test("what others append in between stays", async () => {
  await deliver(1);
  await appendFile(path, "0\n");
  await deliver(2);
  expect(await content()).toBe("1\n0\n2\n");
});

// Disks that fail to sync cannot be had here: the one call that would tell is replaced.
describe("the sync", () => {
  let sync: MockInstance<FileHandle["datasync"]>;

  beforeEach(async () => {
    const handle = await open(path, "a");
    sync = vi.spyOn(Object.getPrototypeOf(handle) as FileHandle, "datasync");
    await handle.close();
  });
  afterEach(() => sync.mockRestore());

  test("comes before Delivered, and is shared by those who wait for it", async () => {
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    sync.mockImplementationOnce(() => held);
    const first = deliver(1);
    await eventually(() => sync.mock.calls.length === 1);
    const others = [deliver(2), deliver(3), deliver(4)];
    expect(await stillOpen(first)).toBe(true);
    expect(await content()).toBe("1\n");
    letGo();
    expect(await Promise.all([first, ...others])).toEqual(
      Array.from({ length: 4 }, () => ({ kind: "Delivered", detail: "appended and synced" })),
    );
    expect(sync).toHaveBeenCalledTimes(2);
  });

  test("that fails leaves every line that it was for Ambiguous, and the next ones go on", async () => {
    sync.mockRejectedValueOnce(Object.assign(new Error("CANARY"), { code: "EIO" }));
    expect(await deliver(1)).toEqual({
      kind: "Ambiguous",
      reason: "written in part, or not synced: Error (EIO)",
      down: true,
    });
    expect((await deliver(2)).kind).toBe("Delivered");
  });
});
