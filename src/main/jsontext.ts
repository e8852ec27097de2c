/**
 * `value` as JSON that can be shown anywhere: what does not print, such as characters that turn the direction of writing,
 * stands as `\uXXXX` and reads back as it was.
 */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, undefined, indent).replace(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu, escaped);

const escaped = (found: string): string =>
  Array.from({ length: found.length }, (_, i) => `\\u${found.charCodeAt(i).toString(16).padStart(4, "0")}`).join("");
