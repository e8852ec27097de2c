import { Agent, fetch } from "undici";

/** What the API server answered; `body` is parsed JSON where it sent JSON. */
export interface Answer {
  status: number;
  body: unknown;
  /** What kubectl shows as `Warning: …`. */
  warnings: string[];
}

export interface RequestOptions {
  body?: unknown;
  contentType?: string;
  accept?: string;
  /** Whom to be instead, for who may impersonate. */
  impersonate?: string;
}

/** Bare requests to the API server as one user: tests see exactly what it answers. */
export class KubeClient {
  readonly #url: string;
  readonly #token: string;
  readonly #agent: Agent;

  constructor(url: string, ca: string, token: string) {
    this.#url = url;
    this.#token = token;
    this.#agent = new Agent({ connect: { ca } });
  }

  async request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const response = await fetch(this.#url + path, {
      method,
      dispatcher: this.#agent,
      headers: {
        authorization: `Bearer ${this.#token}`,
        accept: options.accept ?? "application/json",
        "content-type": options.contentType ?? "application/json",
        ...(options.impersonate !== undefined && { "impersonate-user": options.impersonate }),
      },
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
    });
    const text = await response.text();
    const json = response.headers.get("content-type")?.startsWith("application/json");
    const warnings = warningsOf(response.headers.get("warning") ?? "");
    return { status: response.status, body: json ? (JSON.parse(text) as unknown) : text, warnings };
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }
}

/** The texts of `299 - "text", 299 - "text"` (RFC 9111 has the form no longer; RFC 7234, section 5.5, had). */
function warningsOf(header: string): string[] {
  const quoted = [...header.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)];
  return quoted.map(([, text = ""]) => text.replace(/\\(.)/g, "$1"));
}
