import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

/** What `lacking` says in a process that first does `before`. */
async function saidAfter(before: string): Promise<string> {
  const module = new URL("preflight.ts", import.meta.url).href;
  const script = `import(${JSON.stringify(module)}).then(({ lacking }) => { ${before}; console.log(lacking() ?? "nothing"); })`;
  return (await promisify(execFile)(process.execPath, ["-e", script])).stdout.trim();
}

test("Without root there is no node of its own, and that is said", async () => {
  expect(await saidAfter("if (process.getuid() === 0) process.setuid(65534)")).toBe("a node of its own needs root");
});

test("On another system than Linux there is none either", async () => {
  expect(await saidAfter(`Object.defineProperty(process, "platform", { value: "darwin" })`)).toBe(
    "a node of its own needs Linux",
  );
});
