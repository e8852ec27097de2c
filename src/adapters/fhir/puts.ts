import { encodeJson } from "../../base/json.ts";

/** A resource of a Bundle as an update: what is sent to `[base]/<url>`. */
export interface Put {
  /** `[type]/[id]`. */
  url: string;
  resource: Record<string, unknown>;
  fullUrl?: string;
  /** What has to stand there for the update to be made (http://hl7.org/fhir/R4/http.html#concurrency); undefined: whatever does. */
  condition?: { ifMatch: string } | { ifNoneMatch: "*" };
}

/** Names of types and ids as FHIR R4 writes them: nothing else gets into a URL. */
const TYPE = /^[A-Z][A-Za-z]{0,63}$/;
const ID = /^[A-Za-z0-9.-]{1,64}$/;

/**
 * The resources of a Bundle in its order, which is the order of what refers to what. A text says why it cannot be sent;
 * it names positions only.
 */
export function putsOf(bundle: unknown): Put[] | string {
  if (!isObject(bundle) || bundle["resourceType"] !== "Bundle") return "the payload is no FHIR Bundle";
  const entries = bundle["entry"];
  if (!Array.isArray(entries) || entries.length === 0) return "the Bundle holds no resource";
  const puts: Put[] = [];
  for (const [index, entry] of entries.entries()) {
    const put = putOf(entry);
    if (typeof put === "string") return `Bundle.entry[${index}] ${put}`;
    puts.push(put);
  }
  return puts;
}

function putOf(entry: unknown): Put | string {
  const resource = isObject(entry) ? entry["resource"] : undefined;
  if (!isObject(entry) || !isObject(resource)) return "holds no resource";
  const { resourceType, id } = resource;
  if (typeof resourceType !== "string" || !TYPE.test(resourceType)) return "has no resourceType that FHIR could know";
  if (typeof id !== "string" || !ID.test(id)) return "has no id that it could be stored under";
  const fullUrl = entry["fullUrl"];
  return { url: `${resourceType}/${id}`, resource, ...(typeof fullUrl === "string" && { fullUrl }) };
}

/**
 * All of them as one transaction (http://hl7.org/fhir/R4/http.html#transaction); undefined for what is no JSON. The server
 * resolves references to entries by their `fullUrl`; those to entries that are `left` out are resolved here.
 */
export function transactionOf(puts: Put[], left: readonly Put[] = []): Buffer | undefined {
  const entry = puts.map(({ url, resource, fullUrl, condition }) => ({
    ...(fullUrl !== undefined && { fullUrl }),
    resource,
    request: { method: "PUT", url, ...condition },
  }));
  const places = new Map(left.map(({ fullUrl, url }) => [fullUrl, url]));
  const resolve = (key: string, value: unknown): unknown =>
    key === "reference" && typeof value === "string" ? (places.get(value) ?? value) : value;
  return encodeJson({ resourceType: "Bundle", type: "transaction", entry }, left.length > 0 ? resolve : undefined);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
