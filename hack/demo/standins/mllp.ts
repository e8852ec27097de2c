/** MLLP framing (HL7 v2 transport specification, release 1): VT, message, FS, CR. One's own, to be an oracle. */
const VT = 0x0b;
const FS = 0x1c;
const CR = 0x0d;

export function frame(message: string): Buffer {
  return Buffer.concat([Buffer.from([VT]), Buffer.from(message, "utf8"), Buffer.from([FS, CR])]);
}

/** Cuts a stream of chunks into messages; what stands between frames is dropped. */
export class Unframer {
  #buffer = Buffer.alloc(0);

  push(chunk: Buffer): string[] {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    const messages: string[] = [];
    for (;;) {
      const start = this.#buffer.indexOf(VT);
      const end = this.#buffer.indexOf(Buffer.from([FS, CR]), Math.max(start, 0));
      if (start < 0 || end < 0) return messages;
      messages.push(this.#buffer.subarray(start + 1, end).toString("utf8"));
      this.#buffer = this.#buffer.subarray(end + 2);
    }
  }
}

/** Fields of MSH as people count them: MSH-1 is the separator itself. Index 0 is the name. */
export function header(message: string): string[] {
  const separator = message.charAt(3);
  const [name = "", ...fields] = (message.split(/[\r\n]/, 1)[0] ?? "").split(separator);
  return [name, separator, ...fields];
}

/** The acknowledgment of `message`: MSA-1 `code`, MSA-2 its control id. */
export function acknowledgment(message: string, code: string): string {
  const msh = header(message);
  const event = (msh[9] ?? "").split("^")[1];
  const type = event === undefined ? "ACK" : `ACK^${event}`;
  const [sender, receiver] = [`${msh[5] ?? ""}|${msh[6] ?? ""}`, `${msh[3] ?? ""}|${msh[4] ?? ""}`];
  const time = (msh[7] ?? "").slice(0, 14);
  const id = msh[10] ?? "";
  return `MSH|^~\\&|${sender}|${receiver}|${time}||${type}|A${id}|P|${msh[12] ?? "2.3"}\rMSA|${code}|${id}\r`;
}
