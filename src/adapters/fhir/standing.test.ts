import { afterEach, beforeEach, expect, test } from "vitest";
import { MemorySecrets } from "../../../test/builders/certificates.ts";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import { HttpPeer, type PeerAnswer } from "../../../test/conformance/peers/http.ts";
import { ownershipPlan } from "../../mapping/ownership.ts";
import { silentLog } from "../../telemetry/log.ts";
import { isChannel, type Outcome, type Target } from "../adapter.ts";
import { createFhirTarget } from "./target.ts";

const PATIENT = { entity: "Patient", primary: "ehr", fields: [{ path: "Patient.telecom", primary: "portal" }] };
const never = new AbortController().signal;

let peer: HttpPeer;
let target: Target;

beforeEach(async () => {
  peer = await new HttpPeer().listen();
  const spec = { url: peer.url, connections: 1, timeoutSeconds: 30, interaction: "Update" } as const;
  target = createFhirTarget(spec, { secrets: new MemorySecrets(), clock: new ManualClock(), log: silentLog });
});
afterEach(async () => {
  await target.close();
  await peer.close();
});

/** The portal's new number, where the server answers reads so, and everything else with 200. */
async function deliver(read: PeerAnswer): Promise<Outcome> {
  peer.answer = ({ method }) => (method === "GET" ? read : { status: 200 });
  const channel = await target.acquire(never);
  if (!isChannel(channel)) return channel;
  const resource = { resourceType: "Patient", id: "p", telecom: [{ value: "2" }] };
  const payload = { resourceType: "Bundle", entry: [{ resource }] };
  const owned = ownershipPlan([PATIENT], "portal");
  const outcome = await channel.send({ payload, messageId: "k1.m", idempotencyKey: "k1.d", owned }, never);
  channel.release();
  return outcome;
}

const stored = (members = "") => `{"resourceType":"Patient","id":"p"${members}}`;
const sent = () => peer.requests.find(({ method }) => method === "PUT");

test.each([
  ["its ETag", { etag: 'W/"7"' }, "", 'W/"7"'],
  ["a strong ETag", { etag: '"abc"' }, "", '"abc"'],
  ["meta.versionId where it gives no ETag", {}, ',"meta":{"versionId":"8"}', 'W/"8"'],
  ["meta.versionId where the ETag is none", { etag: "7" }, ',"meta":{"versionId":"8"}', 'W/"8"'],
])("what was read is named by %s", async (_what, headers, meta, expected) => {
  expect((await deliver({ status: 200, headers, body: stored(meta) })).kind).toBe("Delivered");
  expect(peer.requests[0]?.headers).toMatchObject({ accept: "application/fhir+json", "cache-control": "no-cache" });
  expect(sent()?.headers["if-match"]).toBe(expected);
});

test.each([404, 410])("where there is none (%i), one is made unless another is faster", async (status) => {
  expect((await deliver({ status })).kind).toBe("Delivered");
  expect(sent()?.headers["if-none-match"]).toBe("*");
});

test("numbers of others keep the digits that they were written with", async () => {
  const extension = '"extension":[{"url":"u","valueDecimal":1.10},{"url":"v","valueDecimal":12345678901234567890.0}]';
  await deliver({ status: 200, headers: { etag: 'W/"1"' }, body: stored(`,${extension}`) });
  expect(sent()?.body).toContain(extension);
});

test.each<[string, PeerAnswer, string, string]>([
  ["tells no version", { status: 200, body: stored() }, "Permanent", "neither ETag nor meta.versionId"],
  [
    "gives a version that is none",
    { status: 200, body: stored(',"meta":{"versionId":"CA NARY"}') },
    "Permanent",
    "versioned updates",
  ],
  [
    "gives something else",
    { status: 200, body: '{"resourceType":"Patient","id":"CANARY"}' },
    "Transient",
    "not the resource",
  ],
  ["gives a login page", { status: 200, body: "<html>CANARY</html>" }, "Transient", "not the resource"],
  ["gives nothing", { status: 200 }, "Transient", "not the resource"],
  ["gives half of it", { status: 200, cutOff: '{"resourceType":"Patient"' }, "Transient", "not the resource"],
  [
    "nests without end",
    { status: 200, body: `${'{"a":'.repeat(500_000)}1${"}".repeat(500_000)}` },
    "Transient",
    "not the resource",
  ],
  ["is busy", { status: 503 }, "Transient", "read: HTTP 503"],
  ["does not let us read", { status: 403 }, "Permanent", "read: HTTP 403"],
  ["closes the connection", "Close", "Transient", "read: sent; no answer"],
])("a server that %s is not written to", async (_what, answer, kind, reason) => {
  const outcome = await deliver(answer);
  expect(outcome).toMatchObject({ kind, reason: expect.stringContaining(reason) });
  expect(JSON.stringify(outcome)).not.toContain("CA");
  expect(sent()).toBeUndefined();
});

test("what can't be told apart is not sent, with the way out", async () => {
  const unclear = { ...PATIENT, fields: [{ path: "Patient.contact.telecom", primary: "portal" }] };
  peer.answer = () => ({ status: 200, headers: { etag: 'W/"1"' }, body: stored() });
  const channel = await target.acquire(never);
  if (!isChannel(channel)) throw new Error("no channel");
  const resource = { resourceType: "Patient", id: "p", contact: [{ telecom: [{ value: "CANARY" }] }] };
  const payload = { resourceType: "Bundle", entry: [{ resource }] };
  const owned = ownershipPlan([unclear], "portal");
  const outcome = await channel.send({ payload, messageId: "k1.m", idempotencyKey: "k1.d", owned }, never);
  channel.release();
  expect(outcome).toMatchObject({
    kind: "Permanent",
    reason: expect.stringMatching(/^Bundle\.entry\[0\]: not sent: nothing tells which entries of Patient\.contact/),
  });
  expect(JSON.stringify(outcome)).not.toContain("CANARY");
});
