import type { Target, TargetDeps } from "../../../src/adapters/adapter.ts";
import { createFhirTarget } from "../../../src/adapters/fhir/target.ts";
import { createHttpTarget } from "../../../src/adapters/http/target.ts";
import { MemorySecrets } from "../../builders/certificates.ts";
import { freePort } from "../../builders/ports.ts";
import { CANARY } from "../canary.ts";
import { HttpPeer, type PeerAnswer } from "../peers/http.ts";
import type { Behaviour, TargetDriver } from "./target.ts";

const TIMEOUT_SECONDS = 30;
const SPEC = { connections: 2, timeoutSeconds: TIMEOUT_SECONDS };

export const http = driver(
  "http",
  (url, deps) => createHttpTarget({ ...SPEC, url, method: "POST", idempotent: false }, deps),
  (n) => ({ n, name: CANARY }),
  (body) => (JSON.parse(body) as { n: number }).n,
);

export const fhirUpdate = driver(
  "fhir (Update)",
  (url, deps) => createFhirTarget({ ...SPEC, url, interaction: "Update" }, deps),
  (n) => ({
    resourceType: "Bundle",
    type: "collection",
    entry: [{ resource: { resourceType: "Patient", id: `${n}`, name: [{ family: CANARY }] } }],
  }),
  (body) => Number((JSON.parse(body) as { id: string }).id),
);

export const fhirTransaction = driver(
  "fhir (Transaction)",
  (url, deps) => createFhirTarget({ ...SPEC, url, interaction: "Transaction" }, deps),
  fhirUpdate.payload,
  (body) => Number((JSON.parse(body) as { entry: { resource: { id: string } }[] }).entry[0]?.resource.id),
  JSON.stringify({ resourceType: "Bundle", type: "transaction-response", entry: [{ response: { status: "200 OK" } }] }),
);

/** One driver for all that is HTTP: what differs is how a message is made, and read from a request's body. */
function driver(
  name: string,
  createTarget: (url: string, deps: TargetDeps) => Target,
  payload: (n: number) => unknown,
  numberIn: (body: string) => number,
  taken?: string,
): TargetDriver & { payload: typeof payload } {
  return {
    name,
    hasPeer: true,
    timeoutMs: TIMEOUT_SECONDS * 1000,
    payload,
    create: async (deps, options) => {
      const peer = await new HttpPeer().listen();
      const url = options?.unreachable === true ? `http://127.0.0.1:${await freePort()}` : peer.url;
      const behave = (behaviour: (n: number) => Behaviour | Promise<Behaviour>) => {
        peer.answer = async ({ body }) => answerFor(await behaviour(numberIn(body)), body, taken);
      };
      behave(() => "Take");
      return {
        target: createTarget(url, { ...deps, secrets: new MemorySecrets() }),
        payload,
        arrived: async () => peer.requests.map(({ body }) => numberIn(body)),
        behave,
        dispose: () => peer.close(),
      };
    },
  };
}

function answerFor(behaviour: Behaviour, quoted: string, taken: string | undefined): PeerAnswer {
  switch (behaviour) {
    case "Take":
      return { status: 200, ...(taken !== undefined && { body: taken }) };
    case "Reject":
      return { status: 422, body: quoted };
    case "Busy":
      return { status: 429, body: quoted };
    case "Garbage":
      return { raw: `\x0bMSH|${quoted}\r\n\r\n` };
    case "Close":
    case "Reset":
    case "Hang":
      return behaviour;
  }
}
