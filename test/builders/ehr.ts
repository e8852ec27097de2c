import { once } from "node:events";
import { type Socket, connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** What an admission says, all of it invented. `visit` is carried to every target, so that messages are known again there. */
export interface Admission {
  controlId: string;
  event: "A01" | "A03" | "A04" | "A08" | "A40";
  patient: string;
  visit: string;
  /** For A40: the patient that is merged into `patient`. */
  merged?: string;
  name?: string;
}

/** Ten segments at most, as an EHR writes them. */
export function admission(a: Admission): Buffer {
  const name = a.name ?? "Testperson^Invented";
  const segments = [
    `MSH|^~\\&|EHR|HOSPITAL|FASCIA|HUB|20260301120000+0100||ADT^${a.event}^ADT_${a.event === "A40" ? "A39" : "A01"}|${a.controlId}|P|2.5.1|||||DEU|UNICODE UTF-8`,
    `EVN|${a.event}|20260301120000+0100`,
    `PID|1||${a.patient}^^^HOSPITAL^MR||${name}||19700101|F|||Inventedstreet 1^^Nowhere^^00000^DE||+49 30 0000000`,
  ];
  if (a.event === "A40") segments.push(`MRG|${a.merged}^^^HOSPITAL^MR`);
  else {
    segments.push(
      `NK1|1|Testperson^Relative|SPO|Inventedstreet 1^^Nowhere^^00000^DE|+49 30 0000001`,
      `PV1|1|I|WARD1^101^1^HOSPITAL||||1234^Physician^Invented|||MED${"|".repeat(9)}${a.visit}`,
      `AL1|1|DA|^Inventicillin|SV|Rash`,
      `IN1|1|PLAN1|PAYER1|Invented Payer${"|".repeat(32)}MEMBER-${a.patient}`,
    );
  }
  return Buffer.from(`${segments.join("\r")}\r`, "utf8");
}

/** One MLLP connection that sends a message at a time and waits for its acknowledgement; made anew when it breaks. */
export class EhrConnection {
  readonly #port: number;
  readonly #timeoutMs: number;
  #socket: Socket | undefined;
  #buffer = "";
  #answered: ((text: string) => void) | undefined;

  constructor(port: number, timeoutMs = 15_000) {
    this.#port = port;
    this.#timeoutMs = timeoutMs;
  }

  /** MSA-1 of the acknowledgement; rejects when there is none. */
  async send(message: Buffer): Promise<string> {
    const socket = (this.#socket ??= await this.#connect());
    const answer = new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => socket.destroy(new Error("no acknowledgement in time")), this.#timeoutMs);
      const fail = () => {
        clearTimeout(timer);
        reject(new Error("the connection broke"));
      };
      socket.once("close", fail);
      this.#answered = (text) => {
        clearTimeout(timer);
        socket.off("close", fail);
        resolve(text);
      };
    });
    socket.write(Buffer.concat([Buffer.from([0x0b]), message, Buffer.from([0x1c, 0x0d])]));
    const ack = await answer;
    return /\rMSA\|(\w\w)/.exec(ack)?.[1] ?? "";
  }

  /** Sends until it is accepted, as an EHR's queue does, with the same control id. Returns the number of attempts. */
  async deliver(message: Buffer, signal?: AbortSignal): Promise<number> {
    for (let attempt = 1; ; attempt++) {
      if (signal?.aborted) throw new Error("given up");
      const code = await this.send(message).catch(() => "");
      if (code === "AA" || code === "CA") return attempt;
      this.close();
      await pause(50);
    }
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #connect(): Promise<Socket> {
    const socket = connect(this.#port, "127.0.0.1").setNoDelay(true);
    socket.on("error", () => socket.destroy());
    await Promise.race([
      once(socket, "connect"),
      once(socket, "close").then(() => Promise.reject(new Error("refused"))),
    ]);
    this.#buffer = "";
    socket.on("close", () => {
      if (this.#socket === socket) this.#socket = undefined;
    });
    socket.setEncoding("utf8").on("data", (text: string) => {
      this.#buffer += text;
      const end = this.#buffer.indexOf("\x1c\r");
      if (end < 0) return;
      const ack = this.#buffer.slice(1, end);
      this.#buffer = this.#buffer.slice(end + 2);
      this.#answered?.(ack);
    });
    return socket;
  }
}
