import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect } from "vitest";
import type { Receipt, Received } from "../../../src/adapters/adapter.ts";
import { FasciaError } from "../../../src/base/errors.ts";
import { CANARY } from "../canary.ts";
import { eventually } from "../../builders/eventually.ts";
import { stillOpen } from "../../builders/stillopen.ts";
import type { Answer, Sender, SourceRig } from "./source.ts";

/** What a case works with. */
export interface SourceStage extends SourceRig {
  /** Bodies handed on so far. */
  handedOn: string[];
  received: Received[];
  /** What `receive` does with each; accepts unless told otherwise. */
  receive: (message: Received) => Promise<Receipt>;
  start(): Promise<string>;
  /** Starts it, and opens a way in. */
  sender(): Promise<Sender>;
  listens: boolean;
  /** Starts another one like it on `port`. */
  startOn(port: number): Promise<string>;
  log(): string;
}

export interface SourceCase {
  /** A sentence about every source. */
  says: string;
  /** Only for sources that listen. */
  listens?: true;
  run(stage: SourceStage): Promise<void>;
}

const accepted: Receipt = { status: "Accepted", messageId: "k1.m" };
const text = (message: Uint8Array): string => Buffer.from(message).toString("latin1");

/** A receiver that holds each message until it is let go. */
function gate(stage: SourceStage): (receipt?: Receipt) => void {
  const held: ((receipt: Receipt) => void)[] = [];
  stage.receive = () => new Promise((resolve) => held.push(resolve));
  return (receipt = accepted) => {
    for (const resolve of held.splice(0)) resolve(receipt);
  };
}

function answeringTo(stage: SourceStage, message: Buffer, receipt: Receipt): void {
  stage.receive = async ({ body }) => (text(body) === text(message) ? receipt : accepted);
}

export const SOURCE_CASES: SourceCase[] = [
  {
    says: "hands a message on once, byte for byte, and answers that it was accepted",
    run: async (stage) => {
      const sender = await stage.sender();
      expect(await sender.send(stage.message(1))).toEqual(["Accepted"]);
      expect(stage.handedOn).toEqual([text(stage.message(1))]);
    },
  },
  {
    says: "answers only after the receipt",
    run: async (stage) => {
      const letGo = gate(stage);
      const sender = await stage.sender();
      const answer = sender.send(stage.message(1));
      await eventually(() => stage.handedOn.length === 1);
      expect(await stillOpen(answer)).toBe(true);
      letGo();
      expect(await answer).toEqual(["Accepted"]);
    },
  },
  {
    says: "answers a duplicate as the first time",
    run: async (stage) => {
      const sender = await stage.sender();
      stage.receive = async () => ({ status: "Duplicate", messageId: "k1.m" });
      expect(await sender.send(stage.message(1))).toEqual(["Accepted"]);
    },
  },
  {
    says: "says what is refused for good, and goes on with what follows",
    run: async (stage) => {
      answeringTo(stage, stage.message(2), { status: "Refused", reason: "its id was used before" });
      const sender = await stage.sender();
      expect(await sender.send(stage.message(1), stage.message(2), stage.message(3))).toEqual([
        "Accepted",
        "Refused",
        "Accepted",
      ]);
      expect(stage.handedOn).toEqual([1, 2, 3].map((n) => text(stage.message(n))));
    },
  },
  {
    says: "says what can't be stored now, and hands on nothing behind it",
    run: async (stage) => {
      answeringTo(stage, stage.message(2), { status: "Unavailable", reason: "the hub is full" });
      const sender = await stage.sender();
      expect(await sender.send(stage.message(1), stage.message(2), stage.message(3))).toEqual([
        "Accepted",
        "Unavailable",
      ]);
      expect(stage.handedOn).toEqual([1, 2].map((n) => text(stage.message(n))));
    },
  },
  {
    says: "takes a receiver that fails for one that is unavailable, and tells nobody why",
    run: async (stage) => {
      const sender = await stage.sender();
      stage.receive = async () => {
        throw new Error(CANARY);
      };
      expect(await sender.send(stage.message(1))).toEqual(["Unavailable"]);
    },
  },
  {
    says: "hands on messages of one sender one at a time, in order",
    run: async (stage) => {
      let underWay = 0;
      let most = 0;
      stage.receive = async () => {
        most = Math.max(most, ++underWay);
        await new Promise((resolve) => setImmediate(resolve));
        underWay--;
        return accepted;
      };
      const sender = await stage.sender();
      const messages = Array.from({ length: 50 }, (_, n) => stage.message(n));
      expect(await sender.send(...messages)).toEqual(messages.map((): Answer => "Accepted"));
      expect(stage.handedOn).toEqual(messages.map(text));
      expect(most).toBe(1);
    },
  },
  {
    says: "takes senders side by side, each in its order, each message once",
    listens: true,
    run: async (stage) => {
      const address = await stage.start();
      const senders = await Promise.all(Array.from({ length: 16 }, () => stage.connect(address)));
      const of = (sender: number): Buffer[] => Array.from({ length: 20 }, (_, n) => stage.message(sender * 100 + n));
      await Promise.all(senders.map((sender, index) => sender.send(...of(index))));
      expect(stage.handedOn).toHaveLength(16 * 20);
      for (const [index] of senders.entries()) {
        const own = new Set(of(index).map(text));
        expect(stage.handedOn.filter((body) => own.has(body))).toEqual([...own]);
      }
    },
  },
  {
    says: "lets a sender that waits hold up nobody else",
    listens: true,
    run: async (stage) => {
      const address = await stage.start();
      const [slow, quick] = [await stage.connect(address), await stage.connect(address)];
      const letGo = gate(stage);
      const waiting = slow.send(stage.message(1));
      await eventually(() => stage.handedOn.length === 1);
      stage.receive = async () => accepted;
      expect(await quick.send(stage.message(2))).toEqual(["Accepted"]);
      letGo();
      expect(await waiting).toEqual(["Accepted"]);
    },
  },
  {
    says: "hands on nothing of what is no message, and goes on",
    run: async (stage) => {
      const address = await stage.start();
      await (await stage.connect(address)).sendGarbage();
      expect(stage.handedOn).toEqual([]);
      expect(await (await stage.connect(address)).send(stage.message(1))).toEqual(["Accepted"]);
    },
  },
  {
    says: "answers what is under way when it is stopped, and hands on nothing more",
    run: async (stage) => {
      const letGo = gate(stage);
      const sender = await stage.sender();
      const answers = sender.send(stage.message(1), stage.message(2)).catch(() => "not answered");
      await eventually(() => stage.handedOn.length === 1);
      const stopped = stage.source.stop();
      expect(await stillOpen(stopped)).toBe(true);
      letGo();
      await stopped;
      if (stage.listens) expect(await answers).toEqual(["Accepted"]);
      expect(stage.handedOn).toEqual([text(stage.message(1))]);
    },
  },
  {
    says: "closes idle connections when it is stopped, and takes no further ones",
    listens: true,
    run: async (stage) => {
      const address = await stage.start();
      await stage.connect(address);
      await stage.source.stop();
      await expect(stage.connect(address)).rejects.toThrow(/ECONNREFUSED/);
    },
  },
  {
    says: "may be stopped twice",
    run: async (stage) => {
      await stage.start();
      await stage.source.stop();
      await stage.source.stop();
      expect(stage.handedOn).toEqual([]);
    },
  },
  {
    says: "names the port and the field when another process has it",
    listens: true,
    run: async (stage) => {
      const other = createServer().listen(0, "127.0.0.1");
      await once(other, "listening");
      const { port } = other.address() as AddressInfo;
      const started = stage.startOn(port);
      await expect(started).rejects.toBeInstanceOf(FasciaError);
      await expect(started).rejects.toThrow(new RegExp(`${port} \\(spec\\.\\w+\\.source\\.port\\)`));
      other.close();
    },
  },
];
