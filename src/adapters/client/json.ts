/** `value` as JSON in UTF-8; undefined for what JSON does not know (undefined, functions, cycles, big integers). */
export function encodeJson(value: unknown): Buffer | undefined {
  try {
    const text = JSON.stringify(value) as string | undefined;
    return text === undefined ? undefined : Buffer.from(text);
  } catch {
    return undefined;
  }
}
