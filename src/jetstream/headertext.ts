import type { Msg } from "@nats-io/nats-core";

/** The client's messages know their size: subject, reply, headers and payload together. Its interface does not say so. */
type Sized = Msg & { size(): number };

/**
 * The headers of a message as they came, empty where it has none: a line with the version, then one for each. In what
 * the client read they stand directly before the payload. Its own way makes lists of lists of all of them, and costs
 * more than the rest of receiving a message.
 */
export function headerText(msg: Msg): string {
  const { data, subject, reply = "" } = msg;
  const names = Buffer.byteLength(subject) + Buffer.byteLength(reply);
  const length = (msg as Sized).size() - names - data.length;
  return Buffer.from(data.buffer, data.byteOffset - length, length).toString();
}

/** The value of the first header of this name in `text`, empty where there is none. Case counts. */
export function headerIn(text: string, name: string): string {
  const line = `\r\n${name}:`;
  const at = text.indexOf(line);
  if (at < 0) return "";
  return text.slice(at + line.length, text.indexOf("\r\n", at + line.length)).trim();
}
