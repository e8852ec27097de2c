import { randomUUID } from "node:crypto";
import { type Answer, type Request, type Service, serveHttp } from "./http.ts";
import type { Received, StandIn, StandInOptions } from "./standin.ts";

interface Resource {
  resourceType: string;
  id: string;
  meta?: Record<string, unknown>;
  [element: string]: unknown;
}

export interface PatientAppRecord extends Received {
  /** `Type/id`. */
  reference: string;
  resource: Resource;
}

export interface PatientApp extends StandIn<PatientAppRecord> {
  /** Last version of each resource, by `Type/id`. */
  readonly resources: ReadonlyMap<string, Resource>;
}

const BASE = "/fhir";

/** A patient app's FHIR R4 server: read, update as create, and transactions of updates. */
export async function createPatientApp(options: StandInOptions<PatientAppRecord>): Promise<PatientApp> {
  const store = new Store();
  const service: Service<PatientAppRecord> = {
    name: "the patient app",
    type: "application/fhir+json",
    base: BASE,
    idOf: ({ path }) => path.slice(BASE.length + 1),
    handle: (request, taken) => store.handle(request, taken),
  };
  return Object.assign(await serveHttp(service, options), { resources: store.resources });
}

class Store {
  readonly resources = new Map<string, Resource>();

  handle({ method, path, body }: Request, taken: boolean): { answer: Answer; records: PatientAppRecord[] } {
    if (path !== BASE && !path.startsWith(`${BASE}/`)) return refused(404, "not-found", "no such path");
    const reference = path.slice(BASE.length + 1);
    if (method === "GET") return this.#read(reference);
    if (method === "PUT") return this.#update(reference, body, taken);
    if (method === "POST" && reference === "") return this.#transaction(body, taken);
    return refused(405, "not-supported", "only read, update and transaction");
  }

  #read(reference: string): { answer: Answer; records: PatientAppRecord[] } {
    if (reference === "metadata") return { answer: { status: 200, body: CAPABILITIES }, records: [] };
    const resource = this.resources.get(reference);
    if (resource === undefined) return refused(404, "not-found", "no such resource");
    return { answer: { status: 200, body: resource, headers: headersOf(resource) }, records: [] };
  }

  #update(reference: string, body: unknown, taken: boolean): { answer: Answer; records: PatientAppRecord[] } {
    if (!isResource(body)) return refused(400, "structure", "the body is no resource with an id");
    if (`${body.resourceType}/${body.id}` !== reference)
      return refused(400, "value", "type or id differ from the path");
    const created = !this.resources.has(reference);
    const stored = taken ? this.#store(reference, body) : body;
    const answer = { status: created ? 201 : 200, body: stored, headers: headersOf(stored) };
    return { answer, records: [{ at: Date.now(), taken, reference, resource: body }] };
  }

  /** All or nothing: every entry is looked at before the first is stored. */
  #transaction(body: unknown, taken: boolean): { answer: Answer; records: PatientAppRecord[] } {
    const entries = updatesOf(body);
    if (entries === undefined) return refused(400, "structure", "no transaction Bundle of PUT entries");
    const records = entries.map((resource) => {
      const reference = `${resource.resourceType}/${resource.id}`;
      return { at: Date.now(), taken, reference, resource };
    });
    const response = records.map(({ reference, resource }) => {
      const status = this.resources.has(reference) ? "200" : "201";
      const stored = taken ? this.#store(reference, resource) : resource;
      return { response: { status, location: reference, etag: headersOf(stored)["etag"] } };
    });
    const bundle = { resourceType: "Bundle", id: randomUUID(), type: "transaction-response", entry: response };
    return { answer: { status: 200, body: bundle }, records };
  }

  #store(reference: string, resource: Resource): Resource {
    const version = Number(this.resources.get(reference)?.meta?.["versionId"] ?? 0) + 1;
    const meta = { ...resource.meta, versionId: String(version), lastUpdated: new Date().toISOString() };
    const stored = { ...resource, meta };
    this.resources.set(reference, stored);
    return stored;
  }
}

const CAPABILITIES = {
  resourceType: "CapabilityStatement",
  status: "active",
  kind: "instance",
  fhirVersion: "4.0.1",
  format: ["json"],
  rest: [{ mode: "server", interaction: [{ code: "transaction" }] }],
};

function headersOf(resource: Resource): Record<string, string> {
  return { etag: `W/"${String(resource.meta?.["versionId"] ?? 0)}"` };
}

function refused(status: number, code: string, diagnostics: string): { answer: Answer; records: PatientAppRecord[] } {
  const body = { resourceType: "OperationOutcome", issue: [{ severity: "error", code, diagnostics }] };
  return { answer: { status, body }, records: [] };
}

function isResource(value: unknown): value is Resource {
  const { resourceType, id } = (value ?? {}) as Partial<Resource>;
  return typeof resourceType === "string" && typeof id === "string" && /^[A-Za-z0-9.-]{1,64}$/.test(id);
}

/** The resources of a transaction whose entries are all `PUT Type/id`; undefined for anything else. */
function updatesOf(body: unknown): Resource[] | undefined {
  const bundle = (body ?? {}) as { resourceType?: string; type?: string; entry?: unknown };
  if (bundle.resourceType !== "Bundle" || bundle.type !== "transaction" || !Array.isArray(bundle.entry))
    return undefined;
  const entries = bundle.entry as { request?: { method?: string; url?: string }; resource?: unknown }[];
  const resources = entries.map(({ resource }) => resource).filter(isResource);
  const proper = entries.every(
    ({ request }, index) =>
      request?.method === "PUT" && request.url === `${resources[index]?.resourceType}/${resources[index]?.id}`,
  );
  return proper && resources.length === entries.length ? resources : undefined;
}
