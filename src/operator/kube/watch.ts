import type { Access } from "./access.ts";
import { noAnswer } from "./failure.ts";
import { collectionPath, type ResourceType } from "./resource.ts";
import { ask, type Question } from "./transport.ts";
import { LineReader, parseWatchLine, type WatchEvent } from "./watchlines.ts";

/** Which resources of a type. */
export interface Selection {
  namespace?: string | undefined;
  labelSelector?: string | undefined;
}

export interface WatchOptions extends Selection {
  /** Events after this one. */
  resourceVersion: string;
  /** After which the server ends the watch by itself. */
  timeoutSeconds: number;
  /** How long the server may say nothing, milliseconds. */
  silenceMs: number;
  signal: AbortSignal;
}

/**
 * Events until the server ends the watch, which is no error. A `KubeError` tells of whatever else ends it: a refusal,
 * silence, a cut connection, a line that is none.
 */
export async function* watch(
  access: Access,
  type: ResourceType,
  options: WatchOptions,
): AsyncGenerator<WatchEvent, void, void> {
  const { namespace, labelSelector, resourceVersion, timeoutSeconds, silenceMs, signal } = options;
  const query = { watch: true, allowWatchBookmarks: true, resourceVersion, timeoutSeconds, labelSelector };
  const question: Question = { method: "GET", path: collectionPath(type, namespace), query, signal, silenceMs };
  const { body } = await ask(access, question);
  const reader = new LineReader();
  for await (const chunk of chunksOf(question, body)) {
    for (const line of reader.push(chunk)) {
      const event = parseWatchLine(line);
      if (event === undefined) throw noAnswer(`watch ${question.path}`, new SyntaxError("not an event"));
      yield event;
    }
  }
}

/** The body, its failures told as ours. A caller that stops reading closes it. */
async function* chunksOf(question: Question, body: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  const iterator = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await iterator.next().catch((error: unknown) => {
        throw noAnswer(`watch ${question.path}`, error);
      });
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}
