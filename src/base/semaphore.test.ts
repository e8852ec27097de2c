import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { stillOpen } from "../../test/builders/stillopen.ts";
import { Semaphore } from "./semaphore.ts";

const never = new AbortController().signal;

test("no more than the limit hold a place, and a place given back goes to whoever waits longest", async () => {
  const semaphore = new Semaphore(1);
  const order: string[] = [];
  expect(await semaphore.acquire(never)).toBe(true);
  const second = semaphore.acquire(never).then(() => order.push("second"));
  const third = semaphore.acquire(never).then(() => order.push("third"));
  expect(await stillOpen(second)).toBe(true);

  semaphore.release();
  await second;
  expect(await stillOpen(third)).toBe(true);
  semaphore.release();
  await third;
  expect(order).toEqual(["second", "third"]);
});

test("giving up frees nobody's place and loses none", async () => {
  const semaphore = new Semaphore(1);
  await semaphore.acquire(never);
  const giveUp = new AbortController();
  const given = semaphore.acquire(giveUp.signal);
  const patient = semaphore.acquire(never);
  giveUp.abort();

  expect(await given).toBe(false);
  expect(await stillOpen(patient)).toBe(true);
  semaphore.release();
  expect(await patient).toBe(true);
  expect(await semaphore.acquire(AbortSignal.abort())).toBe(false);
});

test("any of several signals gives up, before and while a place is waited for, and leaves nothing on the others", async () => {
  const semaphore = new Semaphore(1);
  const [own, closing] = [new AbortController(), new AbortController()];
  await semaphore.acquire(own.signal, closing.signal);
  const waiting = semaphore.acquire(own.signal, closing.signal);
  const patient = semaphore.acquire(own.signal);
  closing.abort();

  expect(await waiting).toBe(false);
  expect(await semaphore.acquire(own.signal, closing.signal)).toBe(false);
  semaphore.release();
  expect(await patient).toBe(true);
  expect(getEventListeners(own.signal, "abort")).toEqual([]);
});

test("drained waits for the last place", async () => {
  const semaphore = new Semaphore(2);
  await semaphore.drained();
  await semaphore.acquire(never);
  await semaphore.acquire(never);
  const drained = semaphore.drained();
  semaphore.release();
  expect(await stillOpen(drained)).toBe(true);
  semaphore.release();
  await drained;
});
