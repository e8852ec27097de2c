/**
 * `text` as it can be shown anywhere: what does not print (terminal escapes, line ends, characters that turn the direction
 * of writing) as `\u{…}`. Names of files and fields are whatever somebody put into a pull request.
 */
export const plain = (text: string): string =>
  text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (found) => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`);
