import pc from "picocolors";

/** Formats the JSON lines of the log for a person at a terminal: `12:03:44.120 info  adapter ready  adapter=ehr ms=12`. */
export function prettyLine(line: string, colours: boolean): string {
  const { time, level, msg, ...fields } = JSON.parse(line) as Record<string, string | number | boolean>;
  const paint = pc.createColors(colours);
  const tone = { debug: paint.gray, info: paint.green, warn: paint.yellow, error: paint.red }[String(level)];
  const pairs = Object.entries(fields).map(([key, value]) => `${paint.dim(`${key}=`)}${quote(value)}`);
  const head = `${paint.dim(String(time).slice(11, 23))} ${(tone ?? String)(String(level).padEnd(5))} ${String(msg)}`;
  return `${[head, ...(pairs.length > 0 ? [` ${pairs.join(" ")}`] : [])].join(" ")}\n`;
}

function quote(value: string | number | boolean): string {
  return typeof value === "string" && /[\s"=]/.test(value) ? JSON.stringify(value) : String(value);
}
