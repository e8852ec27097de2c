import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFileSource } from "../../../src/adapters/file/source.ts";
import { MemorySecrets } from "../../builders/certificates.ts";
import { CANARY } from "../canary.ts";
import { eventually } from "../../builders/eventually.ts";
import { ManualClock } from "../../builders/manualclock.ts";
import type { Answer, Sender, SourceDriver } from "./source.ts";

const POLL_SECONDS = 3600;

/** A sender's answers are what becomes of its file: done, told of in a report, or still there. */
export const file: SourceDriver = {
  name: "file",
  listens: false,
  create: async (deps) => {
    const directory = await mkdtemp(join(tmpdir(), "fascia-conformance-"));
    const clock = new ManualClock();
    const spec = { directory, suffix: ".ndjson", format: "NDJSON", maxMessageBytes: 65_536 } as const;
    return {
      source: createFileSource(
        { ...spec, pollSeconds: POLL_SECONDS },
        { ...deps, secrets: new MemorySecrets(), clock },
      ),
      message: (n) => Buffer.from(JSON.stringify({ n, name: CANARY })),
      connect: async () => sender(directory, clock),
      dispose: () => rm(directory, { recursive: true }),
    };
  },
};

let files = 0;

function sender(directory: string, clock: ManualClock): Sender {
  const drop = async (content: Buffer): Promise<string> => {
    const name = `${String(++files).padStart(6, "0")}.ndjson`;
    await eventually(() => clock.sleepers > 0);
    await writeFile(join(directory, `${name}.part`), content);
    await rename(join(directory, `${name}.part`), join(directory, name));
    clock.advance(POLL_SECONDS * 1000);
    return name;
  };
  return {
    send: async (...messages) => {
      const name = await drop(Buffer.concat(messages.map((message) => Buffer.concat([message, Buffer.from("\n")]))));
      await eventually(() => clock.sleepers > 0);
      return answers(directory, name, messages.length);
    },
    sendGarbage: async () => {
      await drop(Buffer.from(`${CANARY}\n\xff\n`, "latin1"));
      await eventually(() => clock.sleepers > 0);
    },
  };
}

async function answers(directory: string, name: string, count: number): Promise<Answer[]> {
  const done = await readdir(join(directory, "done"));
  if (!done.includes(name)) {
    const progress = await readFile(join(directory, ".fascia-progress"), "utf8");
    const { number } = JSON.parse(progress === "" ? '{"number":0}' : progress) as { number: number };
    return [...Array.from({ length: number }, () => "Accepted" as const), "Unavailable"];
  }
  const report = done.includes(`${name}.errors`)
    ? await readFile(join(directory, "done", `${name}.errors`), "utf8")
    : "";
  if (report.includes(CANARY)) throw new Error("the report holds content");
  const refused = new Set(Array.from(report.matchAll(/^line (\d+):/gm), ([, line]) => Number(line)));
  return Array.from({ length: count }, (_, index) => (refused.has(index + 1) ? "Refused" : "Accepted"));
}
