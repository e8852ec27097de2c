import { createMllpSource } from "../../../src/adapters/mllp/source.ts";
import { mllpTransport } from "../../../src/api/adapter-mllp.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { MemorySecrets } from "../../builders/certificates.ts";
import { framed } from "../../builders/mllp.ts";
import { CANARY } from "../canary.ts";
import { eventually } from "../../builders/eventually.ts";
import { openSocket } from "./socket.ts";
import type { Answer, SourceDriver } from "./source.ts";

const ANSWERS: Record<string, Answer> = { AA: "Accepted", AR: "Refused", AE: "Unavailable" };

export const mllp: SourceDriver = {
  name: "mllp",
  listens: true,
  create: async (deps) => ({
    source: createMllpSource(spec(), { ...deps, secrets: new MemorySecrets(), clock: systemClock }),
    message: (n) =>
      Buffer.from(
        `MSH|^~\\&|EHR|NORTH|FASCIA|HUB|20260115120000||ADT^A01^ADT_A01|${n}|P|2.5.1\rPID|1||4711||${CANARY}\r`,
      ),
    connect: async (address) => {
      const socket = await openSocket(address.slice(address.lastIndexOf(":") + 1));
      return {
        send: async (...messages) => {
          const before = answersIn(socket.text).length;
          socket.write(Buffer.concat(messages.map(framed)));
          await eventually(() => answersIn(socket.text).length === before + messages.length || socket.closed);
          return firstOf(messages, answersIn(socket.text).slice(before));
        },
        sendGarbage: async () => {
          socket.write(CANARY.repeat(1000));
          await eventually(() => socket.closed);
        },
      };
    },
    dispose: async () => {},
  }),
};

function spec(): NonNullable<ReturnType<typeof mllpTransport.parse>["source"]> {
  const { source } = mllpTransport.parse({ source: { port: 0 } });
  if (source === undefined) throw new Error("no source");
  return source;
}

/** MLLP answers what it does not take behind an unavailable message too: with the same, unseen by the receiver. */
function firstOf(messages: Buffer[], answers: Answer[]): Answer[] {
  const unavailable = answers.indexOf("Unavailable");
  if (unavailable < 0) return answers.slice(0, messages.length);
  if (answers.slice(unavailable).some((answer) => answer !== "Unavailable")) throw new Error("answered out of order");
  return answers.slice(0, unavailable + 1);
}

function answersIn(text: string): Answer[] {
  return Array.from(text.matchAll(/MSA\|(\w\w)\|/g), ([, code = ""]) => {
    const answer = ANSWERS[code];
    if (answer === undefined) throw new Error(`unexpected acknowledgment ${code}`);
    return answer;
  });
}
