import { setTimeout as pause } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { type Arrival, STEPS, SYSTEMS, compare, leaks } from "../../hack/demo/scenario.ts";
import { eventually } from "../builders/eventually.ts";
import { EHR_PORT, adapterPods, applyHospital, arrivals, deleteHospital, send, untilReady } from "./hospital.ts";
import { say, step } from "./progress.ts";
import { release } from "./release.ts";
import { kubectl } from "./tools.ts";

/** What reached the systems before the first message is sent: what earlier tests sent waits for nobody, and is lost for nobody. */
let before: Arrival[];

beforeAll(async () => {
  await release();
  await applyHospital();
  before = await step("what was under way has arrived", standstill);
}, 300_000);

/** Resolves when nothing has arrived for a while, with what has by then. */
async function standstill(): Promise<Arrival[]> {
  for (let seen = await arrivals(); ;) {
    await pause(2000);
    const now = await arrivals();
    if (now.length === seen.length) return now;
    seen = now;
  }
}

/** What arrived since. Each system's list only grows. */
async function arrivedSince(): Promise<Arrival[]> {
  const all = await arrivals();
  return SYSTEMS.flatMap((system) => {
    const of = (list: Arrival[]) => list.filter((arrival) => arrival.system === system);
    return of(all).slice(of(before).length);
  });
}

const get = (...args: string[]): Promise<string> => kubectl("get", undefined, ...args);

/** Cells of a table's lines, the head left out. */
const table = (text: string): string[][] =>
  text
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => line.split(/ {2,}/));

describe("The sample hospital in pods", () => {
  test("is ready, as `kubectl get fascia` shows at a glance", async () => {
    const lists = (await get("fascia")).split("\n\n").map(table);
    expect(lists.map((rows) => rows.length)).toEqual([5, 2, 3]);
    for (const rows of lists) expect(rows.map(([, ready]) => ready)).toEqual(rows.map(() => "True"));
    const pods = await adapterPods();
    expect(pods.map((pod) => pod.replace(/-[a-z0-9]+-[a-z0-9]+ 0$/, ""))).toEqual(
      ["audit", "billing", "ehr", "eligibility", "patient-app"].map((name) => `fascia-${name}`),
    );
  });

  test("takes a registration from the EHR to four systems, each message once, and tells nobody too much", async () => {
    const expected: (typeof STEPS)[number]["expected"] = [];
    for (const { file, title, expected: more } of STEPS) {
      expected.push(...more);
      await step(title, async () => {
        expect(await send(file)).toBe("AA");
        await eventually(async () => expect(compare(expected, await arrivedSince()).missing).toEqual([]), 20_000);
      });
    }
    const all = await arrivedSince();
    expect(compare(expected, all).surplus).toEqual([]);
    expect(leaks(all)).toEqual([]);
    say(`${all.length} deliveries`);
  });

  test("is not ready while something of it is not, and `kubectl wait` waits for just that", async () => {
    const patch = (secret: object | null) =>
      kubectl(
        "patch",
        undefined,
        "adapter",
        "patient-app",
        "--type=merge",
        `--patch=${JSON.stringify({ spec: { fhir: { target: { tls: secret } } } })}`,
      );
    await patch({ secretName: "not-there" });
    await expect(
      kubectl("wait", undefined, "--for=condition=Ready", "adapter/patient-app", "--timeout=5s"),
    ).rejects.toThrow("timed out");
    await eventually(async () => {
      const [, ready, reason] = table(await get("adapter", "patient-app"))[0] ?? [];
      expect([ready, reason]).toEqual(["False", "SecretMissing"]);
    }, 30_000);
    await patch(null);
    await step("it is ready again", () => untilReady("adapter/patient-app"));
  });
});

describe("kubectl", () => {
  const adapter = (spec: object) => ({
    apiVersion: "fascia.dev/v1alpha1",
    kind: "Adapter",
    metadata: { name: "second" },
    spec: { system: "second", owner: "somebody", ...spec },
  });
  const second = adapter({
    mllp: { source: { port: 2575 } },
    service: { type: "NodePort", nodePort: EHR_PORT },
    emits: [{ contract: "patient-admission", version: "1.0.0" }],
  });

  test("is told why something is refused, also in a dry run", async () => {
    const denial = `node port ${EHR_PORT} is taken by Adapter default/ehr`;
    await expect(kubectl("apply", second)).rejects.toThrow(denial);
    await expect(kubectl("apply", second, "--dry-run=server")).rejects.toThrow("(listen/port-taken)");
    await expect(get("adapter", "second")).rejects.toThrow("not found");
  });
});

describe("`kubectl delete -k`", () => {
  test("ends, and leaves nothing of the hospital behind", async () => {
    await deleteHospital();
    await eventually(async () => {
      const left = "all,configmaps,secrets,serviceaccounts,networkpolicies,poddisruptionbudgets,fascia";
      const found = await get(left, "--selector=app.kubernetes.io/managed-by=fascia", "--output=name");
      expect(found).toBe("");
    }, 90_000);
    expect(await get("fascia", "--output=name")).toBe("");
  });
});
