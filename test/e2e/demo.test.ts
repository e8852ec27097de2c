import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

function demo(...args: string[]): ChildProcess & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream } {
  const child = spawn(process.execPath, ["hack/demo/demo.ts", ...args], {
    cwd: root,
    // A CI counts as a terminal with colours.
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return child;
}

it("the demo with --exit sees every delivery, ends with 0, and has its first delivery within seconds", async () => {
  const child = demo("--exit");
  const [out, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  expect(out).toMatch(/patient app +│ 26 +│ 26/);
  expect(code).toBe(0);
  expect(Number(/First delivery ([\d.]+) s/.exec(out)?.[1])).toBeLessThan(20);
});

it("the demo without it stays up for others to send to, and stops everything when told", async () => {
  const child = demo();
  let out = "";
  for await (const chunk of child.stdout) {
    out += String(chunk);
    if (out.includes("^C stops it all")) break;
  }
  const addresses = [...out.matchAll(/http:\/\/127\.0\.0\.1:808\d\S*/g)].map(([address]) => address);
  expect(addresses.length).toBeGreaterThan(1);
  const resource = addresses.find((address) => address.includes("/Patient/")) ?? "";
  expect(await (await fetch(resource)).json()).toMatchObject({ resourceType: "Patient" });
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([0, null]);
  await expect(fetch(resource)).rejects.toThrow("fetch failed");
});

it("the demo says which port is taken, and leaves nothing behind", async () => {
  const squatter = createServer().listen(2576, "127.0.0.1");
  await once(squatter, "listening");
  const child = demo("--exit");
  const [err, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  squatter.close();
  expect(err).toContain("port 2576 of the billing system is in use by another program");
  expect(code).toBe(1);
});

it("the demo says which option there is when it gets another one, and starts nothing", async () => {
  const child = demo("--exti");
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  expect([out, err, code]).toEqual(["", "demo: there is one option, --exit: `npm run demo -- --exit`\n", 1]);
});
