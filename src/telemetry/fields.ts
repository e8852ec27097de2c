import { errorCode, FasciaError, safeReason } from "../base/errors.ts";

/**
 * Everything that a log line may say beside its event. The list is closed and no key is meant for payload content;
 * what does not fit a key's form is replaced by `[refused]` when the line is written, whatever the compiler was told.
 */
export interface LogFields {
  adapter?: string | undefined;
  namespace?: string | undefined;
  integration?: string | undefined;
  contract?: string | undefined;
  version?: string | undefined;
  domain?: string | undefined;
  /** A part of the operator, e.g. `controller adapter`. */
  component?: string | undefined;
  /** A resource of Kubernetes: `<namespace>/<name>`, or `<name>`. */
  resource?: string | undefined;
  /** Kind of a resource, or another CamelCase name out of a closed set. */
  kind?: string | undefined;
  /** Event of the dialect, e.g. `A01`. */
  event?: string | undefined;
  /** Who asked the API server for a change, as it authenticated them. */
  user?: string | undefined;
  /** Uid of an AdmissionRequest. */
  request?: string | undefined;
  operation?: string | undefined;
  /** A PolicyException, `<namespace>/<name>`. */
  exception?: string | undefined;
  messageId?: string | undefined;
  correlationId?: string | undefined;
  stream?: string | undefined;
  consumer?: string | undefined;
  sequence?: number | undefined;
  attempt?: number | undefined;
  outcome?: string | undefined;
  code?: string | undefined;
  /** A sentence written by us from codes and states. */
  reason?: string | undefined;
  ms?: number | undefined;
  count?: number | undefined;
  bytes?: number | undefined;
  /** Number of a connection within this process, never the peer's address. */
  connection?: string | number | undefined;
  /** Address that we listen on. */
  address?: string | undefined;
  /** Path within a configuration, e.g. `spec.mllp.source.port`. */
  path?: string | undefined;
  file?: string | undefined;
  line?: number | undefined;
  revision?: string | undefined;
  worker?: string | number | undefined;
  /** Written as scheme, host and port only: credentials, path and query are cut off. */
  url?: string | undefined;
  signal?: string | undefined;
  pid?: number | undefined;
  state?: string | boolean | undefined;
  /** Position within a message, e.g. `PID-3[0].1`; never what stands there. */
  field?: string | undefined;
  /** Written as `error` (our own messages whole, of others the kind only) and `code`. */
  error?: unknown;
}

export const REFUSED = "[refused]";
const MAX_TEXT = 300;

type Form = "name" | "text" | "number" | "url" | "error";

const FORMS: Record<keyof LogFields, Form> = {
  adapter: "name",
  namespace: "name",
  integration: "name",
  contract: "name",
  version: "name",
  domain: "name",
  component: "text",
  resource: "name",
  kind: "name",
  event: "name",
  user: "name",
  request: "name",
  operation: "name",
  exception: "name",
  messageId: "name",
  correlationId: "name",
  stream: "name",
  consumer: "name",
  sequence: "number",
  attempt: "number",
  outcome: "name",
  code: "name",
  reason: "text",
  ms: "number",
  count: "number",
  bytes: "number",
  connection: "name",
  address: "name",
  path: "text",
  file: "text",
  line: "number",
  revision: "name",
  worker: "name",
  url: "url",
  signal: "name",
  pid: "number",
  state: "name",
  field: "name",
  error: "error",
};

/** One token of the names that we give: no spaces, quotes, HL7 delimiters or braces. */
const NAME = /^[A-Za-z0-9_.:/@+*>$,#=[\]-]{1,200}$/;
/** Control characters (MLLP framing, line ends, terminal escapes), HL7 segments (`PID|`), JSON objects, XML end tags. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const PAYLOAD = /[\u0000-\u001f\u007f-\u009f]|[A-Z][A-Z0-9]{2}\||\{\s*"|<\?xml|<\/[A-Za-z]/;

/** Whether `value` has the form of a name that we give, safe as a log field, a metric's label or a span's attribute. */
export function isName(value: unknown): value is string {
  return typeof value === "string" && NAME.test(value);
}

/** The fields as they may be written: checked, flattened, in the order given. Unknown keys are only counted (`refused`). */
export function checkFields(fields: LogFields): Record<string, string | number | boolean> {
  const checked: Record<string, string | number | boolean> = {};
  let unknown = 0;
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const form = Object.hasOwn(FORMS, key) ? FORMS[key as keyof LogFields] : undefined;
    if (form === undefined) unknown++;
    else if (form === "error") Object.assign(checked, errorFields(value, checked["code"]));
    else checked[key] = checkValue(form, value);
  }
  if (unknown > 0) checked["refused"] = unknown;
  return checked;
}

function checkValue(form: Form, value: unknown): string | number | boolean {
  if (form === "number") return isNumber(value) ? value : REFUSED;
  if (form === "text") return checkText(value);
  if (form === "url") return checkUrl(value);
  return isName(value) || isNumber(value) || typeof value === "boolean" ? value : REFUSED;
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function checkText(value: unknown): string {
  return typeof value === "string" && value.length <= MAX_TEXT && !PAYLOAD.test(value) ? value : REFUSED;
}

function checkUrl(value: unknown): string {
  const url = typeof value === "string" && value.length <= 2048 ? URL.parse(value) : null;
  return url === null ? REFUSED : checkText(`${url.protocol}//${url.host}`);
}

/** Class and code of a foreign error, as `safeReason` writes them; both may have been set from a payload. */
const FOREIGN = /^\w{1,64}( \w{1,64})?( \([\w.-]{1,64}\))?$/;

function errorFields(error: unknown, code: unknown): Record<string, string> {
  const name = errorCode(error);
  return { error: errorText(error), ...(code === undefined && { code: isName(name) ? name : REFUSED }) };
}

function errorText(error: unknown): string {
  const reason: unknown = safeReason(error);
  if (typeof reason !== "string") return REFUSED;
  if (!(error instanceof FasciaError)) return FOREIGN.test(reason) ? reason : REFUSED;
  return checkText(shortened(reason));
}

/** A text of our own, cut to what a field holds: a longer one would be refused as something that it should not hold. */
export const shortened = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text);
