/** What the API server passes on whole: longer ones may be cut, and too many left out (Kubernetes, Dynamic Admission Control). */
export const MAX_WARNING = 256;
const MAX_WARNINGS = 12;

/** Texts as warnings: one line each, long ones in several between words, repeated ones once, and not too many. */
export function warningTexts(texts: readonly string[]): string[] {
  const warnings = [...new Set(texts.map(oneLine))].flatMap(split);
  if (warnings.length <= MAX_WARNINGS) return warnings;
  const left = warnings.length - (MAX_WARNINGS - 1);
  return [...warnings.slice(0, MAX_WARNINGS - 1), `and ${left} lines more`];
}

/** Control characters would make the API server drop the whole header. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").toWellFormed();

function split(text: string): string[] {
  if (text.length <= MAX_WARNING) return [text];
  const space = text.lastIndexOf(" ", MAX_WARNING);
  const end = space > MAX_WARNING / 2 ? space : MAX_WARNING;
  return [text.slice(0, end), ...split(text.slice(end).trimStart())];
}
