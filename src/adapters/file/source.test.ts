import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../../../test/builders/eventually.ts";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import type { FileSourceSpec } from "../../api/adapter-file.ts";
import { createLog } from "../../telemetry/log.ts";
import type { Receipt, Received, Secrets, Source } from "../adapter.ts";
import { createFileSource } from "./source.ts";

const noSecrets: Secrets = { read: async () => Buffer.alloc(0), readOptional: async () => undefined };
const adt = (id: string, extra = "") =>
  `MSH|^~\\&|EHR|NORTH|FASCIA||20260115120000||ADT^A01|${id}|P|2.5.1\rPID|1||4711^^^NORTH${extra}\r`;

let directory: string;
let clock: ManualClock;
let source: Source | undefined;
let received: Received[];
let answer: (message: Received) => Receipt;
let log: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "fascia-file-source-"));
  clock = new ManualClock();
  received = [];
  log = "";
  answer = () => ({ status: "Accepted", messageId: "k1.m" });
});
afterEach(async () => {
  await source?.stop();
  await rm(directory, { recursive: true });
});

async function start(spec: Partial<FileSourceSpec> = {}): Promise<string> {
  const all = {
    directory,
    suffix: ".ndjson",
    format: "NDJSON",
    pollSeconds: 5,
    maxMessageBytes: 1024,
    ...spec,
  } as const;
  const destination = { write: (line: string) => void (log += line) };
  source = createFileSource(all, { secrets: noSecrets, clock, log: createLog({ level: "debug", destination }) });
  return source.start(async (message) => {
    received.push(message);
    return answer(message);
  });
}

const bodies = (): string[] => received.map((message) => Buffer.from(message.body).toString());
const inDone = (): Promise<string[]> => readdir(join(directory, "done"));
const drop = (name: string, content: string | Buffer): Promise<void> => writeFile(join(directory, name), content);

/** Resolves when the directory was looked at and everything in it done: the source waits for its next look. */
async function idle(): Promise<void> {
  await eventually(() => clock.sleepers > 0);
}

async function poll(): Promise<void> {
  clock.advance(5000);
  await idle();
}

test("each line is a message, byte for byte, and the file moves to done/ when all are stored", async () => {
  await drop("a.ndjson", '{"n": 1}\n\n{"n":2}\r\n"ü"');
  expect(await start()).toMatch(/^file:\/\/\//);
  await idle();
  expect(bodies()).toEqual(['{"n": 1}', '{"n":2}', '"ü"']);
  expect(received.every((message) => message.dialect === "json")).toBe(true);
  expect(await inDone()).toEqual(["a.ndjson"]);
  expect(await readFile(join(directory, "done", "a.ndjson"), "utf8")).toBe('{"n": 1}\n\n{"n":2}\r\n"ü"');
});

test("files are read in the order of their names, later ones at the next poll", async () => {
  await drop("b.ndjson", "2");
  await drop("a.ndjson", "1");
  await start();
  await idle();
  await drop("0.ndjson", "3");
  await poll();
  expect(bodies()).toEqual(["1", "2", "3"]);
});

test("a byte order mark at the beginning is no part of the first line", async () => {
  await drop("a.ndjson", "\ufeff1\n2\n");
  await start();
  await idle();
  expect(bodies()).toEqual(["1", "2"]);
});

test("links, directories, hidden files and other names are left alone", async () => {
  await mkdir(join(directory, "dir.ndjson"));
  await drop("elsewhere", "1");
  await symlink(join(directory, "elsewhere"), join(directory, "link.ndjson"));
  await drop(".hidden.ndjson", "1");
  await drop("a.ndjson.part", "1");
  await start();
  await idle();
  expect(received).toEqual([]);
  expect(await inDone()).toEqual([]);
});

describe("what is not taken", () => {
  test("malformed, too long and refused lines are reported by number without content; the rest goes on", async () => {
    const lines = `1\n{"CANARY"\n"${"x".repeat(2000)}"\n"refuse me"\n"\xff"\n5\n"reject me"\n`;
    await drop("a.ndjson", Buffer.from(lines, "latin1"));
    answer = ({ body }) =>
      Buffer.from(body).toString().includes("refuse")
        ? { status: "Refused", reason: "its key was used before" }
        : Buffer.from(body).toString().includes("reject")
          ? { status: "Rejected", reason: "it is not theirs" }
          : { status: "Accepted", messageId: "k1.m" };
    await start();
    await idle();
    expect(bodies()).toEqual(["1", '"refuse me"', "5", '"reject me"']);
    expect(await inDone()).toEqual(["a.ndjson", "a.ndjson.errors"]);
    expect((await readFile(join(directory, "done", "a.ndjson.errors"), "utf8")).trimEnd().split("\n")).toEqual([
      "line 2: no JSON document in UTF-8",
      "line 3: longer than 1024 bytes",
      "line 4: refused: its key was used before",
      "line 5: no JSON document in UTF-8",
      "line 7: refused: it is not theirs",
    ]);
    expect(log).not.toContain("CANARY");
  });

  test("a line as long as the limit is taken, one byte more is not", async () => {
    const line = (bytes: number) => `"${"x".repeat(bytes - 2)}"`;
    await drop("a.ndjson", `${line(1024)}\n${line(1025)}\n`);
    await start();
    await idle();
    expect(bodies()).toEqual([line(1024)]);
    expect(await readFile(join(directory, "done", "a.ndjson.errors"), "utf8")).toBe("line 2: longer than 1024 bytes\n");
  });

  test("what can't be stored now is tried until it can, and nothing behind it is read", async () => {
    await drop("a.ndjson", "1\n2\n3\n");
    let available = false;
    answer = ({ body }) =>
      available || Buffer.from(body).toString() === "1"
        ? { status: "Accepted", messageId: "k1.m" }
        : { status: "Unavailable", reason: "hub is full" };
    await start();
    await idle();
    clock.advance(30_000);
    await eventually(() => received.length === 3);
    await idle();
    expect(bodies()).toEqual(["1", "2", "2"]);
    expect(await inDone()).toEqual([]);
    available = true;
    clock.advance(30_000);
    await eventually(() => received.length === 5);
    await idle();
    expect(bodies()).toEqual(["1", "2", "2", "2", "3"]);
    expect(await inDone()).toEqual(["a.ndjson"]);
  });
});

describe("a restart", () => {
  test("goes on in the middle of a file, with the identities it would have had", async () => {
    await drop("a.ndjson", "1\n2\n3\n4\n");
    answer = ({ body }) =>
      Number(Buffer.from(body).toString()) <= 2
        ? { status: "Accepted", messageId: "k1.m" }
        : { status: "Unavailable", reason: "hub is full" };
    await start();
    await idle();
    await source?.stop();
    expect(bodies()).toEqual(["1", "2", "3"]);
    const identity = received[2]?.identity;

    answer = () => ({ status: "Accepted", messageId: "k1.m" });
    received = [];
    await drop("0.ndjson", "5");
    await start();
    await idle();
    expect(bodies()).toEqual(["3", "4", "5"]);
    expect(received[0]?.identity).toEqual(identity);
    expect(new Set(received.map((message) => message.identity.join())).size).toBe(3);
  });

  test("does not take a new file of the same name for the one it was reading", async () => {
    await drop("a.ndjson", "1\n2\n");
    answer = ({ body }) =>
      Buffer.from(body).toString() === "2"
        ? { status: "Unavailable", reason: "hub is full" }
        : { status: "Accepted", messageId: "k1.m" };
    await start();
    await idle();
    await source?.stop();
    const identity = received[0]?.identity;

    received = [];
    await drop("a.ndjson", "1\n7\n");
    await utimes(join(directory, "a.ndjson"), new Date(), new Date(Date.now() + 5000));
    await start();
    await idle();
    expect(bodies()).toEqual(["1", "7"]);
    expect(received[0]?.identity).not.toEqual(identity);
  });

  test("keeps the report of what was not taken before it", async () => {
    await drop("a.ndjson", "oops\n2\noops\n");
    answer = () => ({ status: "Unavailable", reason: "hub is full" });
    await start();
    await idle();
    await source?.stop();
    answer = () => ({ status: "Accepted", messageId: "k1.m" });
    await start();
    await idle();
    expect((await readFile(join(directory, "done", "a.ndjson.errors"), "utf8")).split("\n")).toHaveLength(3);
  });
});

test("a second file of the same name does not replace the first in done/", async () => {
  await drop("a.ndjson", "1");
  await start();
  await idle();
  await drop("a.ndjson", "2");
  await poll();
  expect(await inDone()).toEqual(["a.ndjson", "a.ndjson.2"]);
  expect(await readFile(join(directory, "done", "a.ndjson"), "utf8")).toBe("1");
});

test("a receiver that fails counts as unavailable", async () => {
  await drop("a.ndjson", "1");
  answer = () => {
    if (received.length === 1) throw new Error("CANARY");
    return { status: "Accepted", messageId: "k1.m" };
  };
  await start();
  await idle();
  clock.advance(30_000);
  await eventually(() => received.length === 2);
  await idle();
  expect(await inDone()).toEqual(["a.ndjson"]);
  expect(log).not.toContain("CANARY");
});

describe("HL7 v2 files", () => {
  const hl7 = { suffix: ".hl7", format: "HL7v2" } as const;

  test("messages are identified as over MLLP; a batch's envelope is no message", async () => {
    await drop("a.hl7", `FHS|^~\\&\rBHS|^~\\&\r${adt("1")}${adt("2")}BTS|2\rFTS|1\r`);
    await start(hl7);
    await idle();
    expect(bodies()).toEqual([adt("1"), adt("2")].map((message) => expect.stringContaining(message.trimEnd())));
    expect(received[1]).toMatchObject({
      dialect: "hl7v2",
      identity: ["EHR", "NORTH", "2"],
      messageTime: "20260115120000",
      event: "A01",
    });
    expect(await inDone()).toEqual(["a.hl7"]);
  });

  test("without MSH-10 the place in the file identifies a message", async () => {
    await drop("a.hl7", adt("") + adt(""));
    await start(hl7);
    await idle();
    expect(received.map((message) => message.identity[2])).toEqual(["1", "2"]);
  });

  test("what is no message is reported by number, without content", async () => {
    await drop("a.hl7", `CANARY|before\r${adt("1")}MSH|\r${adt("2", "x".repeat(2000))}${adt("3")}`);
    await start(hl7);
    await idle();
    expect(received.map((message) => message.identity[2])).toEqual(["1", "3"]);
    const report = await readFile(join(directory, "done", "a.hl7.errors"), "utf8");
    expect(report).toMatch(/^message 1: .+\nmessage 3: .+\nmessage 4: longer than 1024 bytes\n$/);
    expect(report + log).not.toContain("CANARY");
  });
});

test("a directory that is not there, or can't be written, is refused at the start", async () => {
  await expect(start({ directory: join(directory, "nowhere") })).rejects.toMatchObject({ code: "DirectoryUnusable" });
  source = undefined;
});

test("file names stay out of the log: they may name people", async () => {
  await drop("CANARY.ndjson", "oops\n1\n");
  await start();
  await idle();
  expect(await inDone()).toHaveLength(2);
  expect(log).toContain("file read");
  expect(log).not.toContain("CANARY");
});
