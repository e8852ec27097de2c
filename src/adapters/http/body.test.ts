import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { IntakeMemory, readBody } from "./body.ts";

const LIMIT = 10;
const stream = (...chunks: string[]): Readable => Readable.from(chunks.map((chunk) => Buffer.from(chunk)));

test("a body is counted in memory until it is given back", async () => {
  const memory = new IntakeMemory(15);
  const body = await readBody(stream("12345", "67890"), LIMIT, memory);
  expect(body.toString()).toBe("1234567890");
  expect(memory.usedBytes).toBe(10);
  memory.give(body.length);
  expect(memory.usedBytes).toBe(0);
});

test("a body that there is no room for is refused with 503, and what was read of it forgotten", async () => {
  const memory = new IntakeMemory(15);
  await readBody(stream("1234567890"), LIMIT, memory);
  const refused = readBody(stream("12345", "6"), LIMIT, memory);
  await expect(refused).rejects.toMatchObject({ status: 503, headers: { "retry-after": "1" } });
  expect(memory.usedBytes).toBe(10);
});

test("a body longer than the limit is refused with 413, one that breaks off with 400; neither is kept", async () => {
  const memory = new IntakeMemory(15);
  await expect(readBody(stream("1234567890", "1"), LIMIT, memory)).rejects.toMatchObject({ status: 413 });
  const broken = new Readable({ read: () => {} });
  const reading = readBody(broken, LIMIT, memory);
  broken.push(Buffer.from("12345"));
  broken.destroy(new Error("CANARY"));
  await expect(reading).rejects.toMatchObject({ status: 400, message: "the request broke off within its body" });
  expect(memory.usedBytes).toBe(0);
});
