import Table from "cli-table3";

/** A table without frames, as kubectl prints: readable, and easy to cut with other tools. */
export function table(head: string[], rows: string[][]): string {
  const bare = ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"];
  const lines = [...bare, "left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"];
  const chars = Object.fromEntries(lines.map((line) => [line, line === "middle" ? "  " : ""]));
  const result = new Table({
    head: head.map((h) => h.toUpperCase()),
    chars,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 1 },
  });
  for (const row of rows) result.push(row);
  return `${result.toString()}\n`;
}

/** `2026-03-01T12:34:56.789Z` without what a reader in a hurry does not need. */
export const clockTime = (ms: number): string => new Date(ms).toISOString().slice(11, 23);
export const dateTime = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace("T", " ");
