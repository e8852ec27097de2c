import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { end, findProcesses, isAlive } from "./processes.ts";

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** A process that says when it runs, and that only this test's mark tells from others. */
async function start(mark: string, script = "setInterval(() => {}, 1000)"): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["-e", `${script}; console.log("up")`, mark], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  children.push(child);
  await once(child.stdout ?? child, "data");
  return child;
}

const find = (mark: string) => findProcesses("x", (_program, args) => args.includes(mark));

describe.runIf(process.platform === "linux")("A recorded process", () => {
  test("is found by its command line, and ends when it is asked to", async () => {
    const child = await start("fascia-mark-1");
    const [found] = find("fascia-mark-1");
    expect(found).toMatchObject({ pid: child.pid });
    if (found === undefined) return;
    await end(found);
    expect(isAlive(found)).toBe(false);
    expect(find("fascia-mark-1")).toEqual([]);
  });

  test("is not taken for another one that has its id later", async () => {
    const child = await start("fascia-mark-2");
    const [found] = find("fascia-mark-2");
    const earlier = { name: "etcd", pid: child.pid ?? 0, startTime: "1" };
    expect(found?.startTime).toMatch(/^\d+$/);
    expect(isAlive(earlier)).toBe(false);
    await end(earlier);
    expect(child.exitCode ?? child.signalCode).toBeNull();
  });

  test("that has ended needs no ending", async () => {
    const child = await start("fascia-mark-3");
    const [found] = find("fascia-mark-3");
    child.kill("SIGKILL");
    await once(child, "exit");
    if (found === undefined) throw new Error("not found");
    expect(isAlive(found)).toBe(false);
    await end(found);
  });
});
