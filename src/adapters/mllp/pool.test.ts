import { describe, expect, test } from "vitest";
import { stillOpen } from "../../../test/builders/stillopen.ts";
import { Pool, type Pooled } from "./pool.ts";

const never = new AbortController().signal;

class FakeConnection implements Pooled {
  usable = true;
  closing = false;
  readonly #closed = Promise.withResolvers<void>();

  close(): Promise<void> {
    this.closing = true;
    return this.#closed.promise;
  }

  finishClosing(): void {
    this.#closed.resolve();
  }
}

function pool(options: { size?: number; keepOpen?: boolean } = {}) {
  const made: FakeConnection[] = [];
  const connect = async (): Promise<FakeConnection> => {
    const connection = new FakeConnection();
    made.push(connection);
    return connection;
  };
  return { made, pool: new Pool({ size: 1, keepOpen: true, connect, ...options }) };
}

describe("Pool", () => {
  test("hands out the connection that was used last", async () => {
    const { pool: two, made } = pool({ size: 2 });
    const [first, second] = [await two.acquire(never), await two.acquire(never)];
    first.release();
    second.release();
    expect((await two.acquire(never)).connection).toBe(made[1]);
  });

  test("makes a new connection in the place of one that became unusable", async () => {
    const { pool: one, made } = pool();
    const lease = await one.acquire(never);
    lease.connection.usable = false;
    lease.release();
    expect((await one.acquire(never)).connection).toBe(made[1]);
  });

  test("makes the next connection only when the last one's goodbye is done", async () => {
    const { pool: one, made } = pool({ keepOpen: false });
    (await one.acquire(never)).release();
    const next = one.acquire(never);
    expect(await stillOpen(next)).toBe(true);
    expect(made.length).toBe(1);
    made[0]?.finishClosing();
    expect((await next).connection).toBe(made[1]);
  });

  test("gives a place back when connecting fails", async () => {
    let attempts = 0;
    const failing = new Pool<FakeConnection>({
      size: 1,
      keepOpen: true,
      connect: async () => {
        if (++attempts === 1) throw new Error("refused");
        return new FakeConnection();
      },
    });
    await expect(failing.acquire(never)).rejects.toThrow("refused");
    await expect(failing.acquire(never)).resolves.toHaveProperty("connection");
  });

  test("closing waits for connections in use and for every goodbye", async () => {
    const { pool: two, made } = pool({ size: 2 });
    const [busy, idle] = [await two.acquire(never), await two.acquire(never)];
    idle.release();
    const closing = two.close();
    expect(made.map((connection) => connection.closing)).toEqual([false, true]);
    made[1]?.finishClosing();
    expect(await stillOpen(closing)).toBe(true);
    busy.release();
    expect(await stillOpen(closing)).toBe(true);
    made[0]?.finishClosing();
    await closing;
  });

  test("closing turns away who waits and who comes after", async () => {
    const { pool: one, made } = pool();
    const busy = await one.acquire(never);
    const waiting = one.acquire(never);
    const closing = one.close();
    busy.release();
    await expect(waiting).rejects.toMatchObject({ code: "PoolClosed" });
    await expect(one.acquire(never)).rejects.toMatchObject({ code: "PoolClosed" });
    made[0]?.finishClosing();
    await closing;
  });
});
