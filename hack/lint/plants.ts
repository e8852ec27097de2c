/** Code that the linter must refuse. */
export interface Plant {
  /** What is planted, as a sentence about what the linter refuses. */
  refuses: string;
  file: string;
  code: string;
  rule: string;
  says: string;
}

export const IMPORTS = "fascia(imports)";
export const PURE = "fascia(pure)";

export const PLANTS: Plant[] = [
  {
    refuses: "standalone that imports operator",
    file: "src/standalone/a1.ts",
    code: 'import "../operator/kube/client.ts";',
    rule: IMPORTS,
    says: "src/standalone must not import src/operator",
  },
  {
    refuses: "runtime that imports operator, from deep inside",
    file: "src/runtime/deliver/lanes/a2.ts",
    code: 'import "../../../operator/queue.ts";',
    rule: IMPORTS,
    says: "src/runtime must not import src/operator",
  },
  {
    refuses: "operator that imports runtime",
    file: "src/operator/a3.ts",
    code: 'import "../runtime/deliver.ts";',
    rule: IMPORTS,
    says: "src/operator must not import src/runtime",
  },
  {
    refuses: "a type from a folder above",
    file: "src/api/a4.ts",
    code: 'import type { X } from "../compile/config.ts";\nexport type Y = X;',
    rule: IMPORTS,
    says: "src/api must not import src/compile; it may import base",
  },
  {
    refuses: "a type named in place",
    file: "src/base/a5.ts",
    code: 'export type Y = import("../api/meta.ts").Metadata;',
    rule: IMPORTS,
    says: "src/base must not import src/api",
  },
  {
    refuses: "an export from a folder above",
    file: "src/formats/a6.ts",
    code: 'export * from "../adapters/adapter.ts";',
    rule: IMPORTS,
    says: "src/formats must not import src/adapters",
  },
  {
    refuses: "a dynamic import from a folder above",
    file: "src/adapters/a7.ts",
    code: 'export const load = () => import("../jetstream/read.ts");',
    rule: IMPORTS,
    says: "src/adapters must not import src/jetstream",
  },
  {
    refuses: "a dynamic import that nobody can follow",
    file: "src/runtime/a8.ts",
    code: "export const load = (name: string) => import(name);",
    rule: IMPORTS,
    says: "must name its module",
  },
  {
    refuses: "a way round through src",
    file: "src/mapping/a9.ts",
    code: 'import "../../src/telemetry/log.ts";',
    rule: IMPORTS,
    says: "src/mapping must not import src/telemetry",
  },
  {
    refuses: "one adapter that imports another",
    file: "src/adapters/mllp/a10.ts",
    code: 'import "../http/target.ts";',
    rule: IMPORTS,
    says: "adapters do not know each other",
  },
  {
    refuses: "HTTP plumbing in an adapter that speaks none",
    file: "src/adapters/mllp/a11.ts",
    code: 'import "../client/agent.ts";',
    rule: IMPORTS,
    says: "adapters do not know each other",
  },
  {
    refuses: "NATS outside of jetstream",
    file: "src/runtime/a12.ts",
    code: 'import type { Msg } from "@nats-io/nats-core";\nexport type M = Msg;',
    rule: IMPORTS,
    says: "@nats-io/nats-core is imported by src/jetstream only",
  },
  {
    refuses: "pino outside of telemetry",
    file: "src/main/a13.ts",
    code: 'import "pino";',
    rule: IMPORTS,
    says: "pino is imported by src/telemetry only",
  },
  {
    refuses: "OpenTelemetry outside of telemetry",
    file: "src/adapters/http/a14.ts",
    code: 'import "@opentelemetry/api/experimental";',
    rule: IMPORTS,
    says: "@opentelemetry/api is imported by src/telemetry only",
  },
  {
    refuses: "the Kubernetes client outside of operator",
    file: "src/jetstream/a15.ts",
    code: 'import "@kubernetes/client-node";',
    rule: IMPORTS,
    says: "@kubernetes/client-node is imported by src/operator only",
  },
  {
    refuses: "product code that imports test code",
    file: "src/adapters/mllp/a16.ts",
    code: 'import "../../../test/builders/x.ts";',
    rule: IMPORTS,
    says: "src must not import what stands outside of it",
  },
  {
    refuses: "a folder that the table does not know",
    file: "src/misc/a17.ts",
    code: 'import "../base/hash.ts";',
    rule: IMPORTS,
    says: "src/misc has no place",
  },
  {
    refuses: "files in a PURE folder",
    file: "src/compile/b1.ts",
    code: 'import "node:fs";',
    rule: PURE,
    says: "node:fs",
  },
  {
    refuses: "sockets in a PURE folder",
    file: "src/mapping/b2.ts",
    code: 'import type { Socket } from "node:net";\nexport type S = Socket;',
    rule: PURE,
    says: "node:net",
  },
  {
    refuses: "a network package in a PURE folder",
    file: "src/formats/b3.ts",
    code: 'import "undici";',
    rule: PURE,
    says: "undici",
  },
  {
    refuses: "compile that imports policy",
    file: "src/compile/b3a.ts",
    code: 'import "../policy/evaluate.ts";',
    rule: IMPORTS,
    says: "src/compile must not import src/policy",
  },
  {
    refuses: "a clock in a PURE folder",
    file: "src/api/b4.ts",
    code: "export const t = Date.now();",
    rule: PURE,
    says: "Date.now",
  },
  {
    refuses: "the present in a PURE folder",
    file: "src/policy/b5.ts",
    code: "export const t = new Date();",
    rule: PURE,
    says: "new Date()",
  },
  {
    refuses: "chance in a PURE folder",
    file: "src/base/b6.ts",
    code: "export const r = Math.random();",
    rule: PURE,
    says: "Math.random",
  },
  {
    refuses: "cryptographic chance in a PURE folder",
    file: "src/formats/b7.ts",
    code: 'import { randomUUID } from "node:crypto";\nexport const id = randomUUID();',
    rule: PURE,
    says: "randomUUID",
  },
  {
    refuses: "the environment in a PURE folder",
    file: "src/compile/b8.ts",
    code: 'export const e = process.env["X"];',
    rule: PURE,
    says: "process",
  },
  {
    refuses: "timers in a PURE folder",
    file: "src/compile/b9.ts",
    code: "setTimeout(() => {}, 1);",
    rule: PURE,
    says: "setTimeout",
  },
  {
    refuses: "a cycle",
    file: "src/compile/c1.ts",
    code: 'import { b } from "./c2.ts";\nexport const a = (): number => b();',
    rule: "import(no-cycle)",
    says: "ycle",
  },
  {
    refuses: "a cycle of types alone",
    file: "src/api/c3.ts",
    code: 'import type { B } from "./c4.ts";\nexport type A = { b?: B };',
    rule: "import(no-cycle)",
    says: "ycle",
  },
  {
    refuses: "a promise that nobody waits for",
    file: "src/runtime/d1.ts",
    code: "const work = async (): Promise<void> => {};\nexport const go = (): void => {\n  work();\n};",
    rule: "typescript(no-floating-promises)",
    says: "Promises must be awaited",
  },
  {
    refuses: "printing outside of the command line",
    file: "src/runtime/d2.ts",
    code: 'console.log("x");',
    rule: "eslint(no-console)",
    says: "console",
  },
];

/** Right code that looks similar, and the other halves of the cycles. */
export const CLEAN: Record<string, string> = {
  "src/compile/c2.ts": 'import { a } from "./c1.ts";\nexport const b = (): number => a();',
  "src/api/c4.ts": 'import type { A } from "./c3.ts";\nexport type B = { a?: A };',
  "src/adapters/fhir/ok1.ts":
    'import "../client/agent.ts";\nimport "../adapter.ts";\nimport "../../formats/x.ts";\nimport "../../telemetry/log.ts";',
  "src/main/ok2.ts": 'import "../standalone/x.ts";\nimport "../telemetry/log.ts";\nconsole.log(Date.now());',
  "src/jetstream/ok3.ts": 'import "@nats-io/kv";\nimport "../compile/config.ts";',
  "src/operator/kube/ok6.ts": 'import "@kubernetes/client-node";\nimport "../../jetstream/x.ts";',
  "src/formats/ok4.ts":
    'import { createHash } from "node:crypto";\nexport const h = (at: number) => [createHash("sha256"), new Date(at)];',
  "src/formats/ok5.test.ts": 'import "node:fs";\nimport "../../test/x.ts";\nexport const t = Date.now();',
  "src/base/clock.ts": "export const now = (): number => Date.now();",
  "test/x.ts": 'import "@nats-io/kv";\nimport "../src/runtime/x.ts";',
};
