import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONTEXT, SAMPLES, sample } from "../../../test/builders/adt.ts";
import { canaries } from "../../../test/builders/canaries.ts";
import type { Bundle } from "../../formats/fhir/types.ts";
import { convert } from "./convert.ts";
import { DEFAULT_KEY, readKey } from "./key.ts";

interface Result {
  failed: boolean;
  output: string;
  problems: string[];
  notices: string[];
}

async function run(
  files: Record<string, Uint8Array | Error>,
  options: { ndjson?: boolean; charset?: string } = {},
): Promise<Result> {
  const result: Result = { failed: false, output: "", problems: [], notices: [] };
  result.failed = await convert({
    inputs: Object.entries(files).map(([name, content]) => ({
      name,
      read: () => (content instanceof Error ? Promise.reject(content) : Promise.resolve(content)),
    })),
    context: CONTEXT,
    charset: options.charset,
    ndjson: options.ndjson ?? false,
    write: async (text) => void (result.output += text),
    problem: (line) => void result.problems.push(line),
    notice: (line) => void result.notices.push(line),
  });
  return result;
}

const controlIds = (bundles: Bundle[]): (string | undefined)[] => bundles.map(({ identifier }) => identifier?.value);
const broken = Buffer.from(sample("a03").toString().replace("193103071542", "19311307"));

describe("fascia convert", () => {
  it("prints the Bundle of one message for people", async () => {
    const { output, failed, problems } = await run({ "a01.hl7": sample("a01") });
    expect(JSON.parse(output)).toMatchObject({ resourceType: "Bundle", identifier: { value: "ZQ2603140001" } });
    expect(output).toMatch(/^\{\n  "resourceType": "Bundle",\n/);
    expect([failed, problems]).toEqual([false, []]);
  });

  it("prints an array of the Bundles of several messages, of one file or of several", async () => {
    const ids = ["ZQ2603140001", "ZQ2603150002"];
    const one = await run({ feed: Buffer.concat([sample("a01"), sample("a08")]) });
    expect(controlIds(JSON.parse(one.output) as Bundle[])).toEqual(ids);
    const two = await run({ a: sample("a01"), b: sample("a08") });
    expect(two.output).toBe(one.output);
  });

  it("prints one Bundle a line", async () => {
    const feed = Buffer.concat(SAMPLES.map(sample));
    const { output } = await run({ feed }, { ndjson: true });
    const lines = output.split("\n");
    expect(lines.pop()).toBe("");
    expect(controlIds(lines.map((line) => JSON.parse(line) as Bundle))).toHaveLength(SAMPLES.length);
  });

  it("names what cannot be read by file, message, segment and field, and converts the others", async () => {
    const feed = Buffer.concat([sample("a01"), broken, sample("a08")]);
    const { failed, problems, output } = await run({ "feed.hl7": feed });
    expect(failed).toBe(true);
    expect(problems).toEqual([expect.stringMatching(/^feed\.hl7, message 2: PID-7: is no date or time/)]);
    expect(controlIds(JSON.parse(output) as Bundle[])).toEqual(["ZQ2603140001", "ZQ2603150002"]);
  });

  it("names what is no message and what cannot be opened", async () => {
    const missing = Object.assign(new Error("no such file"), { code: "ENOENT" });
    const { failed, problems, output } = await run({
      poem: Buffer.from("Quarz\r"),
      gone: missing,
      "a01.hl7": sample("a01"),
    });
    expect(failed).toBe(true);
    expect(problems).toEqual([expect.stringMatching(/^poem: /), "gone: Error (ENOENT)"]);
    expect(JSON.parse(output)).toMatchObject({ resourceType: "Bundle" });
  });

  it("names a message of another type", async () => {
    const other = Buffer.from("MSH|^~\\&|EHR|HOSP|||20260314||ORU^R01|C1|P|2.5.1\rPID|1||1\r");
    expect((await run({ lab: other })).problems).toEqual([expect.stringMatching(/^lab, message 1: MSH-9: not one of/)]);
  });

  it("tells what a Bundle does not carry, or only as it was sent", async () => {
    const { notices } = await run({ "a08.hl7": sample("a08") });
    expect(notices).toEqual([
      expect.stringMatching(/^a08\.hl7, message 1: ZPD: segment not mapped; .*PV1-4: code not mapped/),
    ]);
  });

  it("says nothing of anybody beside the Bundles", async () => {
    const { problems, notices } = await run({
      feed: Buffer.concat([...SAMPLES.map(sample), broken]),
      junk: sample("a01").subarray(20),
    });
    const said = [...problems, ...notices].join("\n");
    expect(said).not.toBe("");
    expect(canaries().filter((canary) => said.includes(canary))).toEqual([]);
  });

  it("reads what names no character set in the one that is given", async () => {
    const latin = Buffer.from(sample("a01").toString("utf8").replace("UNICODE UTF-8", ""), "latin1");
    expect((await run({ latin }, { charset: "8859/1" })).output).toContain("Quarzenstein-Müßig");
    expect((await run({ latin }, { charset: "8859/1" })).failed).toBe(false);
  });

  it("prints an empty array for several messages of which none can be read", async () => {
    expect((await run({ feed: Buffer.concat([broken, broken]) })).output).toBe("[]\n");
  });
});

describe("the key of resource ids", () => {
  let dir = "";
  beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), "fascia-key-"))));
  afterAll(() => rm(dir, { recursive: true }));
  const file = async (content: string): Promise<string> => {
    const path = join(dir, "key");
    await writeFile(path, content);
    return path;
  };

  it("is that of an installation's keys.json, or the bytes of any other file", async () => {
    const secret = Buffer.alloc(32, 7);
    expect(await readKey(await file(JSON.stringify({ resourceId: secret.toString("base64") })))).toEqual(secret);
    expect(await readKey(await file("{not json but long enough}"))).toEqual(Buffer.from("{not json but long enough}"));
    expect(DEFAULT_KEY.length).toBeGreaterThan(16);
  });

  it("is refused where it is missing or too short", async () => {
    await expect(readKey(join(dir, "none"))).rejects.toMatchObject({
      code: "KeysUnreadable",
      message: expect.stringContaining("ENOENT"),
    });
    await expect(readKey(await file("short"))).rejects.toThrow(/has 5 bytes; a key has at least 16/);
  });
});
