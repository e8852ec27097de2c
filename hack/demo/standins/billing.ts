import { type Socket, createServer } from "node:net";
import { listen } from "./listener.ts";
import { Unframer, acknowledgment, frame, header } from "./mllp.ts";
import { type Behaviour, Script, isTaken } from "./script.ts";
import { Journal, type Received, type StandIn, type StandInOptions } from "./standin.ts";

export interface BillingRecord extends Received {
  /** MSH-10. */
  controlId: string;
  /** MSH-9.2. */
  event: string;
  /** The message as it came, segments ended by CR. */
  message: string;
}

/** A billing system: HL7 v2 over MLLP. It books each message that it takes, also one that it has seen before. */
export async function createBilling(options: StandInOptions<BillingRecord>): Promise<StandIn<BillingRecord>> {
  const journal = new Journal<BillingRecord>(options);
  const script = new Script();

  async function receive(socket: Socket, message: string): Promise<void> {
    const msh = header(message);
    const controlId = msh[10] ?? "";
    const behaviour = script.next(controlId, message);
    const event = (msh[9] ?? "").split("^")[1] ?? "";
    journal.add({ at: Date.now(), taken: isTaken(behaviour), controlId, event, message });
    await script.delay(behaviour);
    answer(socket, behaviour, message);
  }

  const server = createServer((socket) => {
    const unframer = new Unframer();
    let last = Promise.resolve();
    socket.on("data", (chunk) => {
      // One after another, as an MLLP receiver answers.
      for (const message of unframer.push(chunk)) last = last.then(() => receive(socket, message));
    });
  });
  const listener = await listen(server, options, "the billing system");
  return {
    address: `127.0.0.1:${listener.port}`,
    port: listener.port,
    received: journal.records,
    setBehaviour: async (behaviour) => {
      script.set(behaviour);
      await (behaviour.kind === "Down" ? listener.down() : listener.up());
    },
    close: async () => {
      script.set({ kind: "Normal" });
      await listener.down();
      journal.close();
    },
  };
}

function answer(socket: Socket, behaviour: Behaviour, message: string): void {
  if (socket.destroyed) return;
  if (behaviour.kind === "Close") socket.destroy();
  else if (behaviour.kind === "Garbage") socket.write(frame("HTTP/1.1 200 OK"));
  else socket.write(frame(acknowledgment(message, behaviour.kind === "Status" ? String(behaviour.status) : "AA")));
}
