import { type Dispatcher, request } from "undici";
import { FasciaError } from "../../base/errors.ts";
import type { Access, Credentials } from "./access.ts";
import { noAnswer, refusal } from "./failure.ts";

export interface Question {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path within the API server, e.g. `/api/v1/secrets`. */
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  /** Default `application/json`. */
  contentType?: string;
  signal?: AbortSignal | undefined;
  /** Asked at the last moment before it is sent: false refuses it. */
  maySend?: (() => boolean) | undefined;
  /** How long the server may say nothing, before its answer and within it, milliseconds. */
  silenceMs: number;
}

type Answer = Dispatcher.ResponseData;

/** Asks once; an answer of 2xx is given back with its body still to be read, everything else is a `KubeError`. */
export async function ask(access: Access, question: Question): Promise<Answer> {
  const credentials = await credentialsOf(access, question);
  if (question.maySend?.() === false) throw notLeading(described(question));
  const answer = await exchange(access, credentials, question);
  if (answer.statusCode < 300) return answer;
  const what = described(question);
  const after = answer.headers["retry-after"];
  const body = await textOf(what, answer);
  throw refusal(what, answer.statusCode, body, typeof after === "string" ? after : undefined);
}

/** Asks once and reads the answer, which is JSON. */
export async function askJson<T>(access: Access, question: Question): Promise<T> {
  const answer = await ask(access, question);
  const what = described(question);
  const text = await textOf(what, answer);
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw noAnswer(what, error);
  }
}

/** What was asked, without its query, for messages. */
const described = ({ method, path }: Pick<Question, "method" | "path">): string => `${method} ${path}`;

async function credentialsOf(access: Access, question: Question): Promise<Credentials> {
  try {
    return await access.credentials();
  } catch (error) {
    throw noAnswer(described(question), error);
  }
}

async function exchange(access: Access, { headers, dispatcher }: Credentials, question: Question): Promise<Answer> {
  const { body, contentType = "application/json", signal, silenceMs } = question;
  try {
    const asked = request(urlOf(access.server, question), {
      method: question.method,
      dispatcher,
      headers: {
        accept: "application/json",
        "user-agent": "fascia-operator",
        ...(body !== undefined && { "content-type": contentType }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
      headersTimeout: silenceMs,
      bodyTimeout: silenceMs,
      ...(signal !== undefined && { signal }),
    });
    return await heeding(signal, asked);
  } catch (error) {
    throw noAnswer(described(question), error);
  }
}

/** undici heeds a signal once it has a connection; until then it would be waited for, for as long as connecting takes. */
async function heeding(signal: AbortSignal | undefined, asked: Promise<Answer>): Promise<Answer> {
  if (signal === undefined) return asked;
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  // What is aborted is not sent any more, however it ends.
  asked.catch(() => {});
  return Promise.race([asked, aborted.promise]).finally(() => signal.removeEventListener("abort", abort));
}

async function textOf(what: string, answer: Answer): Promise<string> {
  try {
    return await answer.body.text();
  } catch (error) {
    throw noAnswer(what, error);
  }
}

function notLeading(what: string): FasciaError {
  return new FasciaError("NotLeading", `${what}: not sent, because another operator may be leading by now`);
}

function urlOf(server: string, { path, query = {} }: Question): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
  return `${server}${path}${given.size === 0 ? "" : `?${given.toString()}`}`;
}
