/** Those of `names` that the message has. */
export function copyHeaders(message: { header(name: string): string }, names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, message.header(name)]).filter(([, value]) => value !== ""));
}
