import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { recorded } from "../../hack/cluster/node/processes.ts";
import { admission } from "../builders/admission.ts";
import { EhrConnection } from "../builders/ehr.ts";
import { eventually } from "../builders/eventually.ts";
import { EHR_PORT, adapterPods, applyHospital, billed, nodeAddress, untilReady } from "./hospital.ts";
import { step } from "./progress.ts";
import { SYSTEM, release } from "./release.ts";
import { kubectl } from "./tools.ts";

let ehr: EhrConnection;
let pods: string[];
let sent = 0;

beforeAll(async () => {
  await release();
  await applyHospital();
  ehr = new EhrConnection(EHR_PORT, 15_000, await nodeAddress());
  pods = await adapterPods();
}, 300_000);
afterAll(() => ehr?.close());

const holder = (): Promise<string> =>
  kubectl("get", undefined, "lease", "fascia", `--namespace=${SYSTEM}`, "--output=jsonpath={.spec.holderIdentity}");

/** The Lease names a leader for a while that ended without giving it back. */
async function leaderThatLives(): Promise<string> {
  let found = "";
  await eventually(async () => {
    found = await holder();
    expect(await inSystem("get", "pods", "--output=name")).toContain(`pod/${found.split("_")[0]}\n`);
  }, 40_000);
  return found;
}

const inSystem = (command: string, ...args: string[]): Promise<string> =>
  kubectl(command, undefined, `--namespace=${SYSTEM}`, ...args);

/** Admits somebody, and waits until billing has heard of it. */
async function admit(): Promise<void> {
  const visit = `V${++sent}`;
  expect(await ehr.send(admission({ controlId: `C${sent}`, visit, patient: `P${sent}` }))).toBe("AA");
  await eventually(async () => {
    const messages = (await billed()).map(({ message }) => message);
    expect(messages.some((message) => message.includes(`|${visit}\r`) || message.includes(`|${visit}^`))).toBe(true);
  }, 20_000);
}

describe("Adapters go on", () => {
  test("while the API server is away, and the operator finds back by itself", async () => {
    const apiServer = (await recorded()).find(({ name }) => name === "kube-apiserver");
    if (!apiServer) throw new Error("no API server of this machine's own");
    // Messages that are sent meanwhile are looked for when it answers again.
    process.kill(apiServer.pid, "SIGSTOP");
    try {
      await step("the API server says nothing for 15 s, while three patients are admitted", async () => {
        const until = performance.now() + 15_000;
        for (let n = 1; n <= 3; n++)
          expect(await ehr.send(admission({ controlId: `A${n}`, visit: `A${n}`, patient: `A${n}` }))).toBe("AA");
        await new Promise((resolve) => setTimeout(resolve, until - performance.now()));
      });
    } finally {
      process.kill(apiServer.pid, "SIGCONT");
    }
    await step("they reached billing before it was back", async () => {
      const back = Date.now();
      const records = (await billed()).filter(({ message }) => /\|A[123](\^[^|]*)?(\||\r)/.test(message));
      expect(records.length).toBeGreaterThanOrEqual(3);
      expect(records.every(({ at }) => at < back)).toBe(true);
    });
    await step("the operator leads again", () => inSystem("rollout", "status", "deployment/fascia", "--timeout=90s"));
    await untilReady("fascia", "--all");
    expect(await adapterPods()).toEqual(pods);
  });

  test("while no operator runs", async () => {
    await inSystem("scale", "deployment/fascia", "--replicas=0");
    await inSystem("wait", "--for=delete", "pod", "--selector=app.kubernetes.io/component=operator", "--timeout=60s");
    await step("a patient is admitted without an operator", admit);
    await inSystem("scale", "deployment/fascia", "--replicas=2");
    await step("operators are back", () => inSystem("rollout", "status", "deployment/fascia", "--timeout=60s"));
    await eventually(async () => expect(await holder()).not.toBe(""), 30_000);
    expect(await adapterPods()).toEqual(pods);
  });
});

describe("An operator that is killed", () => {
  test("is followed by another one, which does the work", async () => {
    const before = await leaderThatLives();
    const [leader = ""] = before.split("_");
    await step(`another one leads than ${leader}`, async () => {
      await inSystem("delete", "pod", leader, "--grace-period=0", "--force");
      await eventually(async () => {
        const now = await holder();
        expect(now).not.toBe("");
        expect(now).not.toBe(before);
      }, 40_000);
    });
    await kubectl("scale", undefined, "adapter", "audit", "--replicas=0");
    await step("an edit takes effect", () =>
      kubectl("wait", undefined, "deployment/fascia-audit", "--for=jsonpath={.spec.replicas}=0", "--timeout=30s"),
    );
    await kubectl("scale", undefined, "adapter", "audit", "--replicas=1");
    await untilReady("adapter/audit");
    await admit();
  });
});
