import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestHub, startHub } from "../../test/builders/starthub.ts";
import { startStallingProxy } from "../../test/builders/stallingproxy.ts";
import { closeHub, connectHub } from "./hub.ts";
import { publish } from "./publish.ts";
import { getMessage, lastMessages, nextMessage, readMessages } from "./read.ts";
import { deleteMessage, subjectsOf } from "./streams.ts";

let hub: TestHub;

beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const makeStream = (name: string): Promise<unknown> =>
  hub.jsm.streams.add({ name, subjects: [`${name}.>`], allow_direct: true, max_bytes: 256 * 1024 ** 2 });
const send = (subject: string, data: Uint8Array | string = "x") => publish(hub, subject, data, { patienceMs: 5000 });

async function sequencesOf(stream: string, subject: string, from: number): Promise<number[]> {
  const found: number[] = [];
  for await (const message of readMessages(hub, stream, subject, { sequence: from })) found.push(message.sequence);
  return found;
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

test("a message is read by its sequence, with its headers; one that is gone is undefined", async () => {
  await makeStream("ONE");
  await publish(hub, "ONE.a", "body", { headers: { "Fascia-Event": "A01" }, patienceMs: 1000 });
  const message = await getMessage(hub, "ONE", 1);
  expect(message).toMatchObject({ subject: "ONE.a", sequence: 1 });
  expect(Buffer.from(message?.data ?? []).toString()).toBe("body");
  expect(message?.header("Fascia-Event")).toBe("A01");
  expect(message?.header("Fascia-Missing")).toBe("");
  expect(await getMessage(hub, "ONE", 2)).toBeUndefined();
  await deleteMessage(hub, "ONE", 1);
  await deleteMessage(hub, "ONE", 1);
  expect(await getMessage(hub, "ONE", 1)).toBeUndefined();
});

test("the next message on a subject skips what other subjects have", async () => {
  await makeStream("NEXT");
  for (const token of ["a", "b", "a", "b"]) await send(`NEXT.${token}`);
  expect((await nextMessage(hub, "NEXT", "NEXT.b", 3))?.sequence).toBe(4);
  expect(await nextMessage(hub, "NEXT", "NEXT.b", 5)).toBeUndefined();
});

test("a stream is read over many pages, whole and in order, also from a time on", async () => {
  await makeStream("PAGES");
  await Promise.all(upTo(600).map(() => send("PAGES.a")));
  expect(await sequencesOf("PAGES", "PAGES.>", 1)).toEqual(upTo(600));
  expect(await sequencesOf("PAGES", "PAGES.>", 599)).toEqual([599, 600]);
  expect(await sequencesOf("PAGES", "PAGES.none", 1)).toEqual([]);
  const { time } = (await getMessage(hub, "PAGES", 300)) as { time: number };
  const first = await readMessages(hub, "PAGES", "PAGES.>", { time }).next();
  expect((first.value as { time: number }).time).toBeGreaterThanOrEqual(time);
});

test("messages of megabytes do not cut the reading short", async () => {
  await makeStream("LARGE");
  const megabyte = new Uint8Array(1024 ** 2);
  // More than the server sends at once (64 MiB), and less than a page by count.
  for (let i = 0; i < 70; i++) await send(`LARGE.${i}`, megabyte);
  expect(await sequencesOf("LARGE", "LARGE.>", 1)).toEqual(upTo(70));
  expect((await lastMessages(hub, "LARGE", "LARGE.>")).map((m) => m.sequence)).toEqual(upTo(70));
});

test("the last message of each subject is found, however many subjects there are", async () => {
  await makeStream("LAST");
  await Promise.all(upTo(1500).map((i) => send(`LAST.${i}`)));
  await send("LAST.7");
  const last = await lastMessages(hub, "LAST", "LAST.*");
  expect(last).toHaveLength(1500);
  expect(last.find((m) => m.subject === "LAST.7")?.sequence).toBe(1501);
  expect(await lastMessages(hub, "LAST", "LAST.none")).toEqual([]);
  expect((await subjectsOf(hub, "LAST", "LAST.7")).get("LAST.7")).toBe(2);
});

test("a hub that falls silent in the middle of an answer ends the reading with HubUnavailable", async () => {
  await makeStream("SILENT");
  for (let i = 0; i < 20; i++) await send(`SILENT.${i}`, new Uint8Array(100_000));
  const proxy = await startStallingProxy(Number(new URL(hub.nats.url).port));
  const own = await connectHub({ url: `nats://127.0.0.1:${proxy.port}` }, "reader");
  proxy.stallAfter(1_000_000);
  await expect(lastMessages(own, "SILENT", "SILENT.*")).rejects.toMatchObject({ code: "HubUnavailable" });
  proxy.resume();
  expect(await lastMessages(own, "SILENT", "SILENT.*")).toHaveLength(20);
  await closeHub(own);
  await proxy.close();
});
