import { afterAll, describe, expect, test } from "vitest";
import { AuditSink } from "../../../test/builders/auditsink.ts";
import { eventually } from "../../../test/builders/eventually.ts";
import { aContractVersion, aPolicyException, aSource, aTarget, aWorld } from "../../../test/builders/resources.ts";
import { type Answered, aReview, UID } from "../../../test/builders/reviews.ts";
import type { World } from "../../policy/rule.ts";
import { createOperatorMetrics } from "../../telemetry/operatormetrics.ts";
import { Aside } from "./aside.ts";
import { judge, type JudgeDeps } from "./judge.ts";

const aside = new Aside({ judgeMs: 1500, queueMs: 10_000 });
const metrics = createOperatorMetrics({ process: false });
const WORLD = aWorld(aContractVersion(), aSource("ehr", 2575));

afterAll(() => aside.stop());

function ask(review: unknown, deps: Partial<JudgeDeps> = {}) {
  const all = {
    world: (): World | undefined => WORLD,
    access: () => Promise.resolve(false),
    aside,
    clock: { now: () => 0 },
    metrics,
    audit: new AuditSink(),
    ...deps,
  };
  return judge(Buffer.from(typeof review === "string" ? review : JSON.stringify(review)), all);
}

async function answer(...args: Parameters<typeof ask>): Promise<Answered["response"]> {
  return (JSON.parse(await ask(...args)) as Answered).response;
}

describe("An AdmissionReview", () => {
  test("is answered by one of the same uid", async () => {
    const review = JSON.parse(await ask(aReview(aSource("lis", 2576)))) as Answered;
    expect(review).toEqual({
      apiVersion: "admission.k8s.io/v1",
      kind: "AdmissionReview",
      response: { uid: UID, allowed: true },
    });
  });

  test("is denied by a rule, counted and recorded with who and what", async () => {
    const audit = new AuditSink();
    const lis = aSource("lis", 2575);
    const named = { ...lis, metadata: { ...lis.metadata, uid: "u1", generation: 1 } };
    const response = await answer(aReview(named, { namespace: "clinic" }), { audit });
    expect(response).toMatchObject({ allowed: false, status: { code: 403 } });
    expect(response.status?.message).toContain("port 2575 is taken by Adapter clinic/ehr");
    expect(await metrics.text()).toContain(
      'fascia_policy_verdicts_total{rule="listen/port-taken",severity="Deny",kind="Adapter"} 1',
    );
    expect(audit.records).toEqual([
      {
        verdict: "Denied",
        by: "Admission",
        at: 0,
        count: 1,
        user: { name: "gitops", groups: ["teams"] },
        request: UID,
        operation: "CREATE",
        resource: { kind: "Adapter", namespace: "clinic", name: "lis", uid: "u1", generation: 1 },
        rules: [{ rule: "listen/port-taken", path: "spec.mllp.source.port" }],
      },
    ]);
  });

  test("of a dry run gets the same answer, and nothing of it stays", async () => {
    const audit = new AuditSink();
    expect(await answer(aReview(aSource("lis", 2575), { dryRun: true }), { audit })).toMatchObject({ allowed: false });
    expect(audit.records).toEqual([]);
  });

  test("is denied where the object is not what our schema says, each fault named by its path", async () => {
    const { status } = await answer(aReview({ ...aSource("lis"), spec: { owner: 1 } } as never));
    expect(status?.message).toContain("spec.system: required, but missing (string) (resource/invalid)");
    expect(status?.message).toContain("spec.owner:");
  });

  test.each([null, [], "text", 7, { metadata: 1 }, { spec: [] }])(
    "is denied where the object is %j",
    async (object) => {
      const review = aReview(object as never, {
        operation: "CREATE",
        kind: { group: "fascia.dev", version: "v1alpha1", kind: "Adapter" },
      });
      expect(await answer(review)).toMatchObject({ uid: UID, allowed: false, status: { code: 403 } });
    },
  );

  test("of a version or kind that this operator does not know is denied", async () => {
    for (const kind of [
      { group: "fascia.dev", version: "v2", kind: "Adapter" },
      { group: "fascia.dev", version: "v1alpha1", kind: "Replay" },
    ]) {
      const { allowed, status } = await answer(aReview(aSource("lis", 2576), { kind }));
      expect(allowed).toBe(false);
      expect(status?.message).toContain("operator and CRDs must be of one version");
    }
    expect(await metrics.text()).not.toContain('kind="Replay"');
  });

  test.each([
    ["another group", { kind: { group: "apps", version: "v1", kind: "Deployment" } }],
    ["a status", { subResource: "status" }],
    ["a connection", { operation: "CONNECT" }],
  ])("about %s is none of our business and allowed", async (_title, request) => {
    expect(await answer(aReview(aSource("lis", 2575), request))).toEqual({ uid: UID, allowed: true });
  });

  test("about a resource that is being deleted is allowed, so that its finalizers come off", async () => {
    const denied = aSource("lis", 2575);
    const before = { ...denied, metadata: { ...denied.metadata, deletionTimestamp: "2026-11-23T00:00:00Z" } };
    const after = { ...before, metadata: { ...before.metadata, finalizers: [] } };
    const review = aReview(after, { operation: "UPDATE" }, before);
    expect(await answer(review)).toEqual({ uid: UID, allowed: true });
  });

  test("about a resource that is being deleted, and edited meanwhile, is judged like any other", async () => {
    const before = aSource("lis", 2576);
    const metadata = { ...before.metadata, deletionTimestamp: "2026-11-23T00:00:00Z" };
    const review = aReview({ ...aSource("lis", 2575), metadata }, { operation: "UPDATE" }, { ...before, metadata });
    expect(await answer(review)).toMatchObject({ allowed: false });
  });

  test("about a deletion is never denied, even of what cannot be read", async () => {
    const review = aReview(null, {}, aContractVersion());
    const response = await answer(review);
    expect(response.allowed).toBe(true);
    expect(response.warnings?.[0]).toContain("visit-v1.0.0 is in use by Adapter clinic/ehr");
    expect(await answer(aReview(null, {}, { kind: "ContractVersion" } as never))).toEqual({ uid: UID, allowed: true });
    const unknown = { kind: { group: "fascia.dev", version: "v9", kind: "Novel" } };
    expect(await answer(aReview(null, unknown, aSource("ehr")))).toEqual({ uid: UID, allowed: true });
  });

  test("about a label on what was wrong before is allowed, with a warning", async () => {
    const before = aSource("lis", 2575);
    const after = { ...before, metadata: { ...before.metadata, labels: { ward: "3" } } };
    const response = await answer(aReview(after, {}, before));
    expect(response).toMatchObject({ allowed: true });
    expect(response.warnings?.[0]).toContain("listen/port-taken");
  });

  test("is not answered while the resources are not known", async () => {
    await expect(ask(aReview(aSource("lis")), { world: () => undefined })).rejects.toMatchObject({
      code: "WorldUnknown",
    });
  });

  test.each(["", "{", "null", "[]", '{"kind":"AdmissionReview"}', '{"kind":"List","apiVersion":"v1"}'])(
    "is not made of %j",
    async (body) => {
      await expect(ask(body)).rejects.toMatchObject({ code: "ReviewInvalid" });
    },
  );

  test("needs a uid", async () => {
    await expect(ask(aReview(aSource("lis"), { uid: 7 }))).rejects.toMatchObject({ code: "ReviewInvalid" });
  });
});

describe("A large resource", () => {
  const properties = (count: number, pattern: (i: number) => string) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, { type: "string", pattern: pattern(i) }]));
  const large = (schema: object) =>
    aContractVersion({ contract: "large", json: { schema: { type: "object", ...schema } } });

  test("is judged aside, by the same rules", async () => {
    const fine = large({ description: "x".repeat(5000) });
    expect(await answer(aReview(fine))).toEqual({ uid: UID, allowed: true });
    const broken = large({ description: "x".repeat(5000), $ref: "#/nowhere" });
    const { status } = await answer(aReview(broken));
    expect(status?.message).toContain("spec.json.schema");
    expect(status?.message).toContain("(spec/unusable)");
  });

  test("that takes too long to compile is denied in time, and others are answered meanwhile and after", async () => {
    const hostile = large({ properties: properties(6000, (i) => `^([a-z]{1,9}){1,9}${i}$`) });
    const begun = performance.now();
    const slow = answer(aReview(hostile));
    const quick = await answer(aReview(aTarget("lab")));
    const quickMs = performance.now() - begun;
    expect(quick.allowed).toBe(true);
    const { status } = await slow;
    expect(status?.message).toMatch(/take more than 1.5 s to compile|pattern|it has more than|is not usable/);
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(quickMs).toBeLessThan(performance.now() - begun);
    expect((await answer(aReview(large({ description: "x".repeat(5000) })))).allowed).toBe(true);
  });

  test("is as costly with an example that a small schema takes for ever over", async () => {
    const $defs = Object.fromEntries(
      Array.from({ length: 50 }, (_, i) => {
        const next = { $ref: `#/$defs/d${i + 1}` };
        return [`d${i}`, { anyOf: [next, next] }];
      }),
    );
    const schema = { $ref: "#/$defs/d0", $defs: { ...$defs, d50: { type: "null" } } };
    const endless = aContractVersion({
      contract: "endless",
      json: { schema },
      examples: [{ name: "short", payload: 1 }],
    });
    const { status } = await answer(aReview(endless));
    expect(status?.message).toContain("take more than 1.5 s to compile and try: make them smaller");
  });

  test("may be excepted from what is tried there, as from all other rules", async () => {
    const failing = aContractVersion({ examples: [{ name: "none", payload: 1 }] });
    const rules = ["compatibility/example-fails"];
    const resources = [{ kind: "ContractVersion" as const, name: failing.metadata.name }];
    const excepted = aWorld(aPolicyException({ rules, resources }));
    expect(await answer(aReview(failing), { world: () => aWorld() })).toMatchObject({ allowed: false });
    const { allowed, warnings } = await answer(aReview(failing), { world: () => excepted });
    expect([allowed, warnings]).toEqual([true, [expect.stringContaining("PolicyException clinic/old-lab")]]);
  });

  test("waits for its turn, but not for ever", async () => {
    const hasty = new Aside({ judgeMs: 1500, queueMs: 300 });
    // Until its thread is loaded it is busy, too.
    await eventually(() => ask(aReview(large({ description: "x".repeat(5000) })), { aside: hasty }).then(() => {}));
    const hostile = large({ properties: properties(6000, (i) => `^([a-z]{1,9}){1,9}${i}$`) });
    const first = ask(aReview(hostile), { aside: hasty });
    await expect(ask(aReview(hostile), { aside: hasty })).rejects.toMatchObject({ code: "AdmissionBusy" });
    await first;
    await hasty.stop();
  });

  test("nested a hundred thousand deep is answered", async () => {
    const review = JSON.stringify(aReview(aContractVersion({ contract: "deep" })));
    const deep = review.replace('{"type":"object"}', `${'{"not":'.repeat(100_000)}{}${"}".repeat(100_000)}`);
    const { status } = await answer(deep);
    expect(status?.message).toBe("nests deeper than 256 levels (resource/invalid)");
    const beneath = `${'{"not":'.repeat(200)}{}${"}".repeat(200)}`;
    expect((await answer(review.replace('{"type":"object"}', beneath))).allowed).toBe(true);
  });
});
