import { once } from "node:events";
import { type Socket, connect } from "node:net";
import { Unframer, frame, header } from "./mllp.ts";

export interface Acknowledged {
  /** MSH-10 of what was sent. */
  controlId: string;
  /** MSA-1; undefined when the connection ended without an answer. */
  code: string | undefined;
  ms: number;
}

export interface Ehr {
  /** Sends one message and waits for its acknowledgment. */
  send(message: string): Promise<Acknowledged>;
  close(): void;
}

/** An EHR with one MLLP connection and one message under way at a time. Rejects when nobody listens. */
export async function connectEhr(port: number, host = "127.0.0.1"): Promise<Ehr> {
  const socket = connect(port, host);
  await once(socket, "connect");
  socket.on("error", () => socket.destroy());
  const unframer = new Unframer();
  const answers: string[] = [];
  socket.on("data", (chunk) => answers.push(...unframer.push(chunk)));
  return {
    send: async (message) => {
      const begun = performance.now();
      socket.write(frame(message));
      const answer = await nextAnswer(socket, answers);
      const code = answer === undefined ? undefined : acknowledgmentCode(answer);
      return { controlId: header(message)[10] ?? "", code, ms: performance.now() - begun };
    },
    close: () => socket.destroy(),
  };
}

async function nextAnswer(socket: Socket, answers: string[]): Promise<string | undefined> {
  while (answers.length === 0 && !socket.destroyed) {
    const listening = new AbortController();
    const { signal } = listening;
    await Promise.race([once(socket, "data", { signal }), once(socket, "close", { signal })]);
    listening.abort();
  }
  return answers.shift();
}

function acknowledgmentCode(answer: string): string | undefined {
  const msa = answer.split("\r").find((segment) => segment.startsWith("MSA"));
  return msa?.split(answer.charAt(3))[1];
}
