import { z } from "zod";
import { metadata } from "../api/meta.ts";
import { type Fault, faultsOf } from "../api/check.ts";
import { type Secret, isFileName } from "./secrets.ts";

const key = z.string().refine(isFileName, "a key may hold letters, digits, '-', '_' and '.' only");

const secretManifest = z.strictObject({
  apiVersion: z.literal("v1"),
  kind: z.literal("Secret"),
  metadata,
  type: z.string().optional(),
  immutable: z.boolean().optional(),
  data: z.record(key, z.base64("must be base64; plain text belongs under stringData")).optional(),
  stringData: z.record(key, z.string("must be a string: put it in quotes")).optional(),
});

/** Reads a v1 Secret as the API server does: `stringData` is plain text and wins over `data`, which is base64. */
export function readSecret(value: unknown, defaultNamespace: string): { secret: Secret } | { faults: Fault[] } {
  const parsed = secretManifest.safeParse(value);
  if (!parsed.success) return { faults: faultsOf(parsed.error, value) };
  const { metadata: meta, data = {}, stringData = {} } = parsed.data;
  const decoded = Object.entries(data).map(([name, text]) => [name, Buffer.from(text, "base64")] as const);
  const plain = Object.entries(stringData).map(([name, text]) => [name, Buffer.from(text, "utf8")] as const);
  const namespace = meta.namespace ?? defaultNamespace;
  return { secret: { namespace, name: meta.name, data: Object.fromEntries([...decoded, ...plain]) } };
}
