/** Those of `canaries` that stand in `written`, whatever their case and however they are escaped. */
export function leaksIn(written: string, canaries: readonly string[]): string[] {
  const plain = written
    .replaceAll(/\\u([0-9a-f]{4})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll(/(?:%[0-9a-f]{2})+/gi, (all) => Buffer.from(all.replaceAll("%", ""), "hex").toString("utf8"));
  const haystack = plain.toLowerCase();
  // UTF-8 that was taken for Latin-1.
  const garbled = (canary: string) => Buffer.from(canary, "utf8").toString("latin1");
  return canaries.filter((c) => [c, garbled(c)].some((needle) => haystack.includes(needle.toLowerCase())));
}
