import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Authority } from "../../test/builders/certificates.ts";
import { admission } from "../../test/builders/admission.ts";
import { Receiver, acknowledgment, controlIdOf, framed } from "../../test/builders/mllp.ts";
import { eventually } from "../../test/builders/eventually.ts";

const cli = fileURLToPath(new URL("./cli.js", import.meta.url));
let directory: string;
let receiver: Receiver;
let children: ChildProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "fascia-send-"));
  receiver = await new Receiver().listen();
});

afterEach(async () => {
  for (const child of children.splice(0))
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  children = [];
  await receiver.close();
  await rm(directory, { recursive: true });
});

async function file(name: string, ...messages: Uint8Array[]): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, Buffer.concat(messages));
  return path;
}

interface Result {
  out: string;
  err: string;
  code: number | null;
}

function start(...args: string[]) {
  const child = spawn(process.execPath, [cli, "send", ...args], { stdio: ["pipe", "pipe", "pipe"] });
  children.push(child);
  const result = async (): Promise<Result> => {
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
    return { out, err, code };
  };
  return { child, result: result() };
}

const send = (...args: string[]): Promise<Result> => start(...args).result;
const address = (): string => `127.0.0.1:${receiver.port}`;
/** A row of the table at the end. */
const row = (out: string, name: string): string =>
  new RegExp(`^${name} {2,}(.*?) *$`, "m").exec(out.slice(out.indexOf("\nANSWER")))?.[1] ?? "";

describe("fascia send", () => {
  test("sends every message of every file, prints each acknowledgment and a table", async () => {
    const two = await file("two.hl7", admission("1"), admission("2"));
    const framedFile = await file("framed.hl7", framed(admission("3")), framed(admission("4")));
    const { out, err, code } = await send(`mllp://${address()}`, two, framedFile);
    expect({ err, code }).toEqual({ err: "", code: 0 });
    expect(receiver.messages.map((message) => message.toString())).toEqual(
      ["1", "2", "3", "4"].map((id) => admission(id).toString()),
    );
    const lines = out.split("\n");
    for (const [i, id] of ["1", "2", "3", "4"].entries())
      expect(lines[i]).toMatch(new RegExp(`^AA  ${id}  \\d+\\.\\d ms$`));
    expect(row(out, "sent")).toBe("4");
    expect(row(out, "AA")).toBe("4");
    for (const name of ["latency p50", "latency p99", "messages/s"]) expect(row(out, name)).toMatch(/^\d/);
  });

  test("ends with 1 unless every answer is AA or CA, and shows error codes", async () => {
    receiver.react = (message) => {
      const id = controlIdOf(message);
      if (id === "2") return framed(acknowledgment("AE", id, "ERR|||207^Internal^HL70357|E\r"));
      return framed(acknowledgment("CA", id));
    };
    const { out, code } = await send(address(), await file("a.hl7", admission("1"), admission("2")));
    expect(code).toBe(1);
    expect(out).toMatch(/AE {2}2 {2}[\d.]+ ms {2}error 207/);
    expect([row(out, "CA"), row(out, "AE")]).toEqual(["1", "1"]);
    expect((await send(address(), await file("b.hl7", admission("1")))).code).toBe(0);
  });

  test("--count repeats the messages in turn, --unique gives each a new control id, --quiet prints only the table", async () => {
    const path = await file("a.hl7", admission("1"), admission("2"));
    const { out, code } = await send(address(), path, "--count", "50", "--connections", "4", "--unique", "--quiet");
    expect(code).toBe(0);
    expect(out).not.toMatch(/ ms$/m);
    expect(row(out, "AA")).toBe("50");
    expect(receiver.accepted).toBe(4);
    const ids = receiver.messages.map(controlIdOf);
    expect(new Set(ids).size).toBe(50);
    for (const [i, id] of ids.entries()) {
      expect(id).toMatch(/^[0-9a-z-]{8,20}$/);
      expect(receiver.messages[i]?.toString()).toBe(admission(id).toString());
    }
  });

  test("--rate spreads the messages over time", async () => {
    const started = performance.now();
    const { out, code } = await send(address(), await file("a.hl7", admission("1")), "--count", "11", "--rate", "20");
    expect(code).toBe(0);
    expect(performance.now() - started).toBeGreaterThan(500);
    expect(Number(row(out, "messages/s"))).toBeLessThan(23);
  });

  test("- reads standard input", async () => {
    const { child, result } = start(address(), "-");
    child.stdin?.end(Buffer.concat([admission("1"), admission("2")]));
    expect(await result).toMatchObject({ code: 0 });
    expect(receiver.messages.map(controlIdOf)).toEqual(["1", "2"]);
  });

  test("a receiver that does not answer, or hangs up, is told for each message, and the next gets a new connection", async () => {
    receiver.react = (message) => (controlIdOf(message) === "1" ? "Nothing" : "Close");
    const path = await file("a.hl7", admission("1"), admission("2"));
    const { out, code } = await send(address(), path, "--timeout", "2");
    expect(code).toBe(1);
    expect(out).toContain("--  1  no acknowledgment within 2 s");
    expect(out).toMatch(/--\s\s2\s\s.*closed/);
    expect(row(out, "no answer")).toBe("2");
    expect(receiver.accepted).toBe(2);
  });

  test("interrupted, it stops and prints the table", async () => {
    const path = await file("a.hl7", admission("1"));
    const { child, result } = start(address(), path, "--count", "100000", "--rate", "50");
    await eventually(() => receiver.messages.length >= 3);
    child.kill("SIGINT");
    const { out, code } = await result;
    expect(code).toBe(1);
    expect(Number(row(out, "sent"))).toBeGreaterThanOrEqual(3);
  });

  test("speaks TLS with the authority that --ca names", async () => {
    const authority = new Authority();
    const { cert, key, ca } = authority.issue("hub");
    authority.remove();
    const secure = await new Receiver({ cert, key }).listen();
    const path = await file("a.hl7", admission("1"));
    const trusted = await send(`127.0.0.1:${secure.port}`, path, "--ca", await file("ca.crt", ca));
    const untrusted = await send(`mllps://127.0.0.1:${secure.port}`, path);
    await secure.close();
    expect(trusted.code).toBe(0);
    expect(untrusted).toMatchObject({ code: 1, err: expect.stringContaining("trusted authority") });
    expect(secure.messages).toHaveLength(1);
  });

  test.each<[string, () => Promise<string[]>, number, string]>([
    ["a file that is not there", async () => [address(), "nowhere.hl7"], 1, "cannot read nowhere.hl7: Error (ENOENT)"],
    ["a file without messages", async () => [address(), await file("a.hl7")], 1, "no HL7 v2 message"],
    [
      "a message without MSH-10",
      async () => [address(), await file("a.hl7", admission(""))],
      1,
      "message 1: MSH-10 is empty",
    ],
    [
      "an address without a port",
      async () => ["localhost", await file("a.hl7", admission("1"))],
      2,
      "a host and a port",
    ],
    [
      "a count of 0",
      async () => [address(), await file("a.hl7", admission("1")), "--count", "0"],
      2,
      "whole number above 0",
    ],
    [
      "a certificate without key",
      async () => [address(), await file("a.hl7", admission("1")), "--cert", "x"],
      2,
      "go together",
    ],
    ["nobody there", async () => ["127.0.0.1:1", await file("a.hl7", admission("1"))], 1, "nothing listens there"],
  ])("%s is an error that says what to do", async (_, args, code, message) => {
    const result = await send(...(await args()));
    expect(result).toMatchObject({ code, out: "" });
    expect(result.err).toContain(message);
    expect(result.err).not.toContain("Testperson");
  });
});
