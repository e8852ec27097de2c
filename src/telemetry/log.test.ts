import { describe, expect, it } from "vitest";
import { FasciaError } from "../base/errors.ts";
import { createLog, type Log, type LogFields, silentLog } from "./log.ts";

/** Obviously invented content in the forms in which payloads exist; each has the mark that must never come out. */
const MARK = "CANARY";
const CANARIES: unknown[] = [
  `MSH|^~\\&|EHR|${MARK}\rPID|1||4711^^^HOSP^MR||${MARK}^JANE\r`,
  `\u000bMSH|^~\\&|${MARK}\u001c\r`,
  `PID|1||${MARK}`,
  `{"resourceType":"Patient","id":"${MARK}"}`,
  `<ClinicalDocument>${MARK}</ClinicalDocument>`,
  `line one\n${MARK}`,
  `\u001b[31m${MARK}`,
  MARK.padEnd(301, "x"),
  { resourceType: "Patient", name: MARK },
  [MARK],
  new TextEncoder().encode(MARK),
  new String(MARK),
  Symbol(MARK),
  () => MARK,
  { toJSON: () => MARK },
  new Map([[MARK, MARK]]),
  new Date(Number.NaN),
  10n ** 30n,
];
const EVERY_KEY: Record<keyof LogFields, true> = {
  adapter: true,
  namespace: true,
  integration: true,
  contract: true,
  version: true,
  domain: true,
  component: true,
  resource: true,
  kind: true,
  event: true,
  user: true,
  request: true,
  operation: true,
  exception: true,
  messageId: true,
  correlationId: true,
  stream: true,
  consumer: true,
  sequence: true,
  attempt: true,
  outcome: true,
  code: true,
  reason: true,
  ms: true,
  count: true,
  bytes: true,
  connection: true,
  address: true,
  path: true,
  file: true,
  line: true,
  revision: true,
  worker: true,
  url: true,
  signal: true,
  pid: true,
  state: true,
  field: true,
  error: true,
};

function capture(pretty = false): { log: Log; lines: string[]; last: () => Record<string, unknown> } {
  const lines: string[] = [];
  const log = createLog({ level: "debug", pretty, destination: { write: (line) => void lines.push(line) } });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? "{}") as Record<string, unknown> };
}

describe("the log", () => {
  it("writes one JSON line with time, level, event and the fields", () => {
    const { log, last, lines } = capture();
    log.info("message received", { adapter: "hospital/ehr", ms: 1.5, event: "A01", sequence: 42 });
    expect(last()).toMatchObject({
      level: "info",
      msg: "message received",
      adapter: "hospital/ehr",
      ms: 1.5,
      event: "A01",
    });
    expect(lines[0]).toMatch(/^\{.*"time":"\d{4}-\d\d-\d\dT[^"]+Z".*\}\n$/);
  });

  it("leaves out what is below its level", () => {
    const lines: string[] = [];
    const log = createLog({ level: "warn", destination: { write: (line) => void lines.push(line) } });
    log.info("not seen");
    log.warn("seen");
    expect(lines).toHaveLength(1);
  });

  it("adds a child's fields to its lines, the line's own winning, each key once", () => {
    const { log, last, lines } = capture();
    log.child({ adapter: "a", worker: 0 }).child({ worker: 1 }).error("lane failed", { worker: 2 });
    expect(last()).toMatchObject({ adapter: "a", worker: 2 });
    expect(lines[0]?.match(/"worker"/g)).toHaveLength(1);
  });

  it("skips fields that are undefined", () => {
    const { log, last } = capture();
    log.info("hello", { adapter: undefined, count: 1 });
    expect(Object.keys(last())).not.toContain("adapter");
  });

  it("tells our own errors whole and of others only the kind", () => {
    const { log, last } = capture();
    log.error("failed", { error: new FasciaError("StreamFull", "the stream is full; raise maxBytes") });
    expect(last()).toMatchObject({ error: "the stream is full; raise maxBytes", code: "StreamFull" });
    log.error("failed", { error: new SyntaxError(`Unexpected token in ${MARK}`) });
    expect(last()).toMatchObject({ error: "SyntaxError", code: "SyntaxError" });
    log.error("failed", { code: "MyCode", error: new TypeError("x") });
    expect(last()).toMatchObject({ error: "TypeError", code: "MyCode" });
  });

  it("shortens an error of ours that is longer than a line should be", () => {
    const { log, last } = capture();
    log.error("failed", { error: new FasciaError("Long", "a long sentence. ".repeat(50)) });
    expect(last()["error"]).toMatch(/^a long sentence.*…$/);
    expect(String(last()["error"])).toHaveLength(300);
  });

  it("cuts credentials, path and query off addresses", () => {
    const { log, last } = capture();
    log.info("connected", { url: `https://user:secret@fhir.example:8443/Patient/${MARK}?name=${MARK}` });
    expect(last()["url"]).toBe("https://fhir.example:8443");
    log.info("connected", { url: `nats://user:secret@127.0.0.1:4222` });
    expect(last()["url"]).toBe("nats://127.0.0.1:4222");
  });

  it("has names in lower case that are written in the source: anything else does not compile", () => {
    const { log, lines } = capture();
    const computed: string = "computed";
    // @ts-expect-error -- a computed name
    log.info(computed);
    // @ts-expect-error -- a name with a computed part
    log.info(`received ${computed}`);
    // @ts-expect-error -- capitals
    log.info("Received");
    // @ts-expect-error -- a key outside the list
    silentLog.info("received", { body: MARK });
    // @ts-expect-error -- an object as value
    silentLog.info("received", { reason: { text: MARK } });
    expect(lines).toHaveLength(3);
  });
});

describe.each([false, true])("a payload that is forced into the log (pretty: %s)", (pretty) => {
  it.each(Object.keys(EVERY_KEY))("does not come out through the field %s", (key) => {
    const { log, lines } = capture(pretty);
    for (const canary of CANARIES) {
      log.info("received", { [key]: canary } as LogFields);
      log.child({ [key]: canary } as LogFields).warn("received");
      log.info("received", { [key]: Object.assign(new Error(MARK), { name: canary, code: canary }) } as LogFields);
    }
    expect(lines).toHaveLength(CANARIES.length * 3);
    expect(lines.join("")).not.toContain(MARK);
    for (const line of lines) expect(line).toMatch(/^\P{Cc}*\n$/u);
  });

  it("does not come out through the event's name", () => {
    const { log, lines } = capture(pretty);
    for (const canary of [...CANARIES, MARK, MARK.toLowerCase().padEnd(65, "x"), "4711", "1970-01-01", "%s %j"])
      log.info(canary as never, { reason: "%s" });
    for (const line of lines) expect(line).toContain("[refused]");
    expect(lines.join("").toUpperCase()).not.toContain(MARK);
  });

  it("does not come out through unknown keys, which are only counted", () => {
    const { log, lines } = capture(pretty);
    const forced = {
      [MARK]: 1,
      body: MARK,
      toString: MARK,
      ["__proto__"]: MARK,
      constructor: MARK,
      err: new Error(MARK),
    };
    log.info("received", forced as LogFields);
    expect(lines.join("")).not.toContain(MARK);
    expect(lines.join("")).toMatch(/refused"?[=":]+6/);
  });
});

describe("the log for people", () => {
  it("is one readable line: time, level, event, key=value", () => {
    const { log, lines } = capture(true);
    log.warn("target down", { adapter: "hospital/billing", reason: "connection refused", attempt: 3 });
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} warn {2}target down {2}adapter=hospital\/billing reason="connection refused" attempt=3\n$/,
    );
  });
});
