import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFileTarget } from "../../../src/adapters/file/target.ts";
import { MemorySecrets } from "../../builders/certificates.ts";
import { CANARY } from "../canary.ts";
import type { TargetDriver } from "./target.ts";

export const file: TargetDriver = {
  name: "file",
  hasPeer: false,
  timeoutMs: 0,
  create: async (deps, options) => {
    const directory = await mkdtemp(join(tmpdir(), "fascia-conformance-"));
    const path = join(directory, options?.unreachable === true ? "missing/out.ndjson" : "out.ndjson");
    return {
      target: createFileTarget({ path }, { ...deps, secrets: new MemorySecrets() }),
      payload: (n) => ({ n, name: CANARY }),
      arrived: async () => {
        const text = await readFile(path, "utf8").catch(() => "");
        return Array.from(text.matchAll(/"n":(\d+)/g), ([, n]) => Number(n));
      },
      behave: () => {},
      dispose: () => rm(directory, { recursive: true }),
    };
  },
};
