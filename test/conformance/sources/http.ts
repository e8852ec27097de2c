import { createHttpSource } from "../../../src/adapters/http/source.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { MemorySecrets } from "../../builders/certificates.ts";
import { CANARY } from "../canary.ts";
import { eventually } from "../../builders/eventually.ts";
import { openSocket } from "./socket.ts";
import type { Answer, SourceDriver } from "./source.ts";

const ANSWERS: Record<string, Answer> = { 202: "Accepted", 409: "Refused", 503: "Unavailable" };

export const http: SourceDriver = {
  name: "http",
  listens: true,
  create: async (deps) => ({
    source: createHttpSource(
      { port: 0, path: "/in", maxMessageBytes: 65_536 },
      { ...deps, secrets: new MemorySecrets(), clock: systemClock },
    ),
    message: (n) => Buffer.from(JSON.stringify({ n, name: CANARY })),
    connect: async (address) => {
      const socket = await openSocket(new URL(address).port);
      return {
        send: async (...messages) => {
          const before = answersIn(socket.text).length;
          for (const message of messages) socket.write(request(message));
          await eventually(() => answersIn(socket.text).length === before + messages.length || socket.closed);
          return answersIn(socket.text).slice(before);
        },
        sendGarbage: async () => {
          socket.write(`${CANARY}\r\n\r\n`);
          await eventually(() => socket.closed);
        },
      };
    },
    dispose: async () => {},
  }),
};

function request(body: Buffer): Buffer {
  const head = `POST /in HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

function answersIn(text: string): Answer[] {
  return Array.from(text.matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, status = ""]) => {
    const answer = ANSWERS[status];
    if (answer === undefined) throw new Error(`unexpected status ${status}`);
    return answer;
  });
}
