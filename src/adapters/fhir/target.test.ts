import { afterEach, beforeEach, expect, test } from "vitest";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import { HttpPeer, type PeerAnswer } from "../../../test/conformance/peers/http.ts";
import type { FhirTargetSpec } from "../../api/adapter-http.ts";
import { FasciaError } from "../../base/errors.ts";
import { silentLog } from "../../telemetry/log.ts";
import { isChannel, type Outcome, type Secrets, type Target } from "../adapter.ts";
import { createFhirTarget } from "./target.ts";

const never = new AbortController().signal;
const secrets: Secrets = {
  read: async (name, key) => {
    throw new FasciaError("SecretMissing", `Secret ${name} has no key ${key}`);
  },
  readOptional: async () => undefined,
};

const patient = { resourceType: "Patient", id: "p-1", name: [{ family: "CANARY" }] };
const encounter = { resourceType: "Encounter", id: "e-1", subject: { reference: "Patient/p-1" } };
const provenance = { resourceType: "Provenance", id: "v-1", target: [{ reference: "Encounter/e-1" }] };
const bundle = {
  resourceType: "Bundle",
  type: "collection",
  entry: [{ fullUrl: "urn:uuid:p-1", resource: patient }, { resource: encounter }, { resource: provenance }],
};

let peer: HttpPeer;
let target: Target;

beforeEach(async () => {
  peer = await new HttpPeer().listen();
});
afterEach(async () => {
  await target.close();
  await peer.close();
});

function create(spec: Partial<FhirTargetSpec> = {}): void {
  const all: FhirTargetSpec = {
    url: `${peer.url}/fhir/`,
    connections: 2,
    timeoutSeconds: 30,
    interaction: "Update",
    ...spec,
  };
  target = createFhirTarget(all, { secrets, clock: new ManualClock(), log: silentLog });
}

async function deliver(payload: unknown = bundle): Promise<Outcome> {
  const channel = await target.acquire(never);
  if (!isChannel(channel)) return channel;
  const outcome = await channel.send({ payload, messageId: "k1.m", idempotencyKey: "k1.abc" }, never);
  channel.release();
  return outcome;
}

/** Answers the request whose path ends in `path` so, and all others with 200. */
function answerAt(path: string, answer: PeerAnswer): void {
  peer.answer = (request) => (request.path.endsWith(path) ? answer : { status: 200 });
}

test("Update puts each resource at its own id, in the Bundle's order, over one connection", async () => {
  create();
  expect(await deliver()).toEqual({ kind: "Delivered", detail: "3 resources updated" });
  expect(peer.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "PUT /fhir/Patient/p-1",
    "PUT /fhir/Encounter/e-1",
    "PUT /fhir/Provenance/v-1",
  ]);
  expect(JSON.parse(peer.requests[0]?.body ?? "")).toEqual(patient);
  expect(peer.requests[0]?.headers).toMatchObject({
    "content-type": "application/fhir+json",
    accept: "application/fhir+json",
  });
  expect(peer.accepted).toBe(1);
  expect(target.idempotent).toBe(true);
});

test("the first update that fails decides, and nothing behind it is sent", async () => {
  create();
  answerAt("/Encounter/e-1", { status: 503, headers: { "retry-after": "3" } });
  expect(await deliver()).toEqual({
    kind: "Transient",
    down: true,
    reason: "Bundle.entry[1]: HTTP 503 (Service Unavailable)",
    retryAfterMs: 3000,
  });
  expect(peer.requests).toHaveLength(2);
});

function issue(code: string): string {
  return JSON.stringify({
    resourceType: "OperationOutcome",
    issue: [{ severity: "error", code, diagnostics: "CANARY" }],
  });
}

test("the code of an OperationOutcome is told, its words are not", async () => {
  create();
  answerAt("/Patient/p-1", { status: 422, body: issue("code-invalid") });
  expect(await deliver()).toEqual({
    kind: "Permanent",
    reason: "Bundle.entry[0]: HTTP 422 (Unprocessable Entity): code-invalid",
  });
  answerAt("/Patient/p-1", { status: 422, body: issue("canary-smith") });
  expect(await deliver()).toMatchObject({ reason: "Bundle.entry[0]: HTTP 422 (Unprocessable Entity)" });
});

test("a conflict with a concurrent update is tried again", async () => {
  create();
  answerAt("/Patient/p-1", { status: 409 });
  expect(await deliver()).toMatchObject({ kind: "Transient", down: false });
});

test.each([
  ["a login page", { status: 200, body: "<html>CANARY</html>" }],
  ["JSON that is no resource", { status: 200, body: '{"ok":true}' }],
  ["half a resource", { status: 200, cutOff: '{"resourceType":"Patient"' }],
])("a 2xx with %s is Ambiguous, and so sent again", async (_name, answer) => {
  create();
  answerAt("/Patient/p-1", answer);
  const outcome = await deliver();
  expect(outcome).toMatchObject({ kind: "Ambiguous", down: false });
  expect(JSON.stringify(outcome)).not.toContain("CANARY");
});

test.each([
  ["no Bundle", { resourceType: "Patient", id: "p" }, "the payload is no FHIR Bundle"],
  ["a Bundle without resources", { resourceType: "Bundle" }, "the Bundle holds no resource"],
  ["an entry without a resource", { resourceType: "Bundle", entry: [{}] }, "Bundle.entry[0] holds no resource"],
  [
    "a resource without id",
    { resourceType: "Bundle", entry: [{ resource: { resourceType: "Patient" } }] },
    "has no id",
  ],
  [
    "an id that would change the address",
    { resourceType: "Bundle", entry: [{ resource: { resourceType: "Patient", id: "../CANARY" } }] },
    "has no id",
  ],
])("%s is Permanent, and nothing is sent", async (_name, payload, why) => {
  create();
  const outcome = await deliver(payload);
  expect(outcome).toMatchObject({ kind: "Permanent", reason: expect.stringContaining(why) });
  expect(JSON.stringify(outcome)).not.toContain("CANARY");
  expect(peer.requests).toHaveLength(0);
});

function transactionResponse(...statuses: string[]): PeerAnswer {
  const entry = statuses.map((status) => ({ response: { status } }));
  return { status: 200, body: JSON.stringify({ resourceType: "Bundle", type: "transaction-response", entry }) };
}

test("Transaction posts all resources as one Bundle of updates", async () => {
  create({ interaction: "Transaction" });
  peer.answer = () => transactionResponse("200 OK", "201 Created", "200");
  expect((await deliver()).kind).toBe("Delivered");
  expect(peer.requests).toHaveLength(1);
  expect(peer.requests[0]).toMatchObject({ method: "POST", path: "/fhir" });
  expect(JSON.parse(peer.requests[0]?.body ?? "")).toEqual({
    resourceType: "Bundle",
    type: "transaction",
    entry: [
      { fullUrl: "urn:uuid:p-1", resource: patient, request: { method: "PUT", url: "Patient/p-1" } },
      { resource: encounter, request: { method: "PUT", url: "Encounter/e-1" } },
      { resource: provenance, request: { method: "PUT", url: "Provenance/v-1" } },
    ],
  });
});

test.each([
  ["an entry that was refused", transactionResponse("200", "422 CANARY", "200"), "Permanent", "entry[1]: HTTP 422"],
  ["an entry to be tried again", transactionResponse("200", "200", "409"), "Transient", "entry[2]: HTTP 409"],
  ["fewer entries than were sent", transactionResponse("200", "200"), "Ambiguous", "all 3 entries"],
  ["an entry without status", transactionResponse("200", "", "200"), "Ambiguous", "entry[1]"],
  ["nothing", { status: 200 }, "Ambiguous", "all 3 entries"],
  ["a refusal of the whole", { status: 400 }, "Permanent", "HTTP 400"],
])("a transaction answered with %s is %3$s", async (_name, answer, kind, reason) => {
  create({ interaction: "Transaction" });
  peer.answer = () => answer;
  const outcome = await deliver();
  expect(outcome).toMatchObject({ kind, reason: expect.stringContaining(reason) });
  expect(JSON.stringify(outcome)).not.toContain("CANARY");
});
