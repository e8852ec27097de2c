import { createMllpTarget } from "../../../src/adapters/mllp/target.ts";
import { mllpTransport } from "../../../src/api/adapter-mllp.ts";
import { MemorySecrets } from "../../builders/certificates.ts";
import { acknowledgment, controlIdOf, framed, type Reaction, Receiver } from "../../builders/mllp.ts";
import { freePort } from "../../builders/ports.ts";
import { CANARY } from "../canary.ts";
import type { Behaviour, TargetDriver } from "./target.ts";

const TIMEOUT_SECONDS = 30;

export const mllp: TargetDriver = {
  name: "mllp",
  hasPeer: true,
  timeoutMs: TIMEOUT_SECONDS * 1000,
  create: async (deps, options) => {
    const receiver = await new Receiver().listen();
    const behave = (behaviour: (n: number) => Behaviour | Promise<Behaviour>): void => {
      receiver.react = async (message, socket) => {
        const wanted = await behaviour(Number(controlIdOf(message)));
        if (wanted === "Reset") socket.resetAndDestroy();
        return reactionTo(wanted, message);
      };
    };
    behave(() => "Take");
    const port = options?.unreachable === true ? await freePort() : receiver.port;
    return {
      target: createMllpTarget(spec(port), { ...deps, secrets: new MemorySecrets() }),
      payload: (n) =>
        Buffer.from(`MSH|^~\\&|FASCIA||PEER||20260115120000||ADT^A01|${n}|P|2.3\rPID|1||4711||${CANARY}\r`),
      arrived: async () => receiver.messages.map((message) => Number(controlIdOf(message))),
      behave,
      dispose: () => receiver.close(),
    };
  },
};

function spec(port: number): NonNullable<ReturnType<typeof mllpTransport.parse>["target"]> {
  const given = { host: "127.0.0.1", port, connections: 2, timeoutSeconds: TIMEOUT_SECONDS };
  const { target } = mllpTransport.parse({ target: given });
  if (target === undefined) throw new Error("no target");
  return target;
}

function reactionTo(behaviour: Behaviour, message: Buffer): Reaction {
  const acknowledge = (code: string): Buffer =>
    framed(acknowledgment(code, controlIdOf(message), `ERR|||207|E||||${CANARY}\r`));
  switch (behaviour) {
    case "Take":
      return acknowledge("AA");
    case "Reject":
      return acknowledge("AR");
    case "Busy":
      return acknowledge("AE");
    case "Garbage":
      return framed(Buffer.from(`HTTP/1.1 200 OK ${CANARY}`));
    case "Close":
      return "Close";
    case "Reset":
    case "Hang":
      return "Nothing";
  }
}
