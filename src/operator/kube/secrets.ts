import type { KubeClient } from "./client.ts";
import { ifFound } from "./failure.ts";
import type { KubeObject, ObjectName, ResourceType } from "./resource.ts";

export const SECRETS: ResourceType = {
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  scope: "Namespaced",
};

/** A Secret (v1), as far as anybody here reads or writes it. `data` is in base64. */
export interface Secret extends KubeObject {
  type?: string;
  immutable?: boolean;
  data?: Record<string, string>;
}

/** Texts by key as `data` of a Secret, and back. */
export const encoded = (texts: Record<string, string>): Record<string, string> =>
  changed(texts, (text) => Buffer.from(text).toString("base64"));
export const decoded = (data: Record<string, string>): Record<string, string> =>
  changed(data, (text) => Buffer.from(text, "base64").toString());

const changed = (texts: Record<string, string>, change: (text: string) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, change(text)]));

/** The texts in a Secret by key; undefined where there is no such Secret. */
export async function readTexts(
  client: Pick<KubeClient, "get">,
  secret: ObjectName,
): Promise<Record<string, string> | undefined> {
  const found = await ifFound(client.get<Secret>(SECRETS, secret));
  return found && decoded(found.data ?? {});
}

/** Has the Secret say `text` under `key`. Where it does already nothing is written. */
export async function keepText(
  client: Pick<KubeClient, "get" | "apply">,
  secret: Required<ObjectName>,
  key: string,
  text: string,
): Promise<void> {
  const texts = await readTexts(client, secret);
  if (texts?.[key] === text) return;
  const object: Secret = { metadata: { ...secret } as Secret["metadata"], data: encoded({ [key]: text }) };
  await client.apply(SECRETS, object);
}
