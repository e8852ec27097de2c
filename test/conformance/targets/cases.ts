import { expect } from "vitest";
import { type Channel, isChannel, type Outcome } from "../../../src/adapters/adapter.ts";
import { eventually } from "../../builders/eventually.ts";
import type { ManualClock } from "../../builders/manualclock.ts";
import { stillOpen } from "../../builders/stillopen.ts";
import type { Behaviour, TargetRig } from "./target.ts";

/** What a case works with. */
export interface TargetStage extends TargetRig {
  clock: ManualClock;
  timeoutMs: number;
  /** Acquires, sends message `n` and releases. */
  deliver(n: number, signal?: AbortSignal): Promise<Outcome>;
  /** A channel; fails where there is none. */
  acquire(): Promise<Channel>;
  send(channel: Channel, n: number, signal?: AbortSignal): Promise<Outcome>;
  /** The same kind of target with a peer that is not there. */
  unreachable(): Promise<TargetStage>;
  /** Every outcome that was seen, and everything logged: no word of a payload may stand in it. */
  seen(): string;
}

export interface TargetCase {
  /** A sentence about every target. */
  says: string;
  /** Only for targets whose peer can misbehave. */
  hasPeer?: true;
  run(stage: TargetStage): Promise<void>;
}

const never = new AbortController().signal;

/** A case about what one behaviour of the peer means for a message that arrived, once. */
function meaning(says: string, behaviour: Behaviour, outcome: Partial<Outcome>): TargetCase {
  return {
    says,
    hasPeer: true,
    run: async (stage) => {
      stage.behave(() => behaviour);
      expect(await stage.deliver(1)).toMatchObject(outcome);
      expect(await stage.arrived()).toEqual([1]);
    },
  };
}

export const TARGET_CASES: TargetCase[] = [
  {
    says: "is Delivered when the peer took it, once",
    run: async (stage) => {
      expect(await stage.deliver(1)).toMatchObject({ kind: "Delivered" });
      expect(await stage.deliver(2)).toMatchObject({ kind: "Delivered" });
      expect(await stage.arrived()).toEqual([1, 2]);
    },
  },
  {
    says: "is Transient, and the target down, when the peer can't be reached; nothing was sent",
    run: async (stage) => {
      const away = await stage.unreachable();
      expect(await away.deliver(1)).toMatchObject({ kind: "Transient", down: true });
      expect(await away.deliver(1)).toMatchObject({ kind: "Transient", down: true });
      expect(await away.arrived()).toEqual([]);
    },
  },
  meaning("is Permanent when the peer refuses it for good", "Reject", { kind: "Permanent" }),
  meaning("is Transient when the peer can't take it now, and the target is not down", "Busy", {
    kind: "Transient",
    down: false,
  }),
  meaning("is Ambiguous when the peer closes instead of answering", "Close", { kind: "Ambiguous" }),
  meaning("is Ambiguous when the peer resets instead of answering", "Reset", { kind: "Ambiguous" }),
  meaning("is Ambiguous when the answer means nothing", "Garbage", { kind: "Ambiguous" }),
  {
    says: "is Ambiguous when no answer comes in time",
    hasPeer: true,
    run: async (stage) => {
      stage.behave(() => "Hang");
      const outcome = stage.deliver(1);
      await arrives(stage, [1]);
      stage.clock.advance(stage.timeoutMs - 1);
      expect(await stillOpen(outcome)).toBe(true);
      stage.clock.advance(1);
      expect(await outcome).toMatchObject({ kind: "Ambiguous" });
    },
  },
  {
    says: "is Ambiguous when it was sent and then given up",
    hasPeer: true,
    run: async (stage) => {
      stage.behave(() => "Hang");
      const giveUp = new AbortController();
      const outcome = stage.deliver(1, giveUp.signal);
      await arrives(stage, [1]);
      giveUp.abort();
      expect(await outcome).toMatchObject({ kind: "Ambiguous" });
    },
  },
  {
    says: "is Transient when it was given up before it was sent",
    run: async (stage) => {
      const channel = await stage.acquire();
      expect(await stage.send(channel, 1, AbortSignal.abort())).toMatchObject({ kind: "Transient", down: false });
      channel.release();
      expect(await stage.arrived()).toEqual([]);
    },
  },
  {
    says: "goes on with the next message after each of these, with the next message's own outcome",
    hasPeer: true,
    run: async (stage) => {
      const behaviours: Behaviour[] = ["Close", "Reset", "Garbage", "Reject", "Busy", "Take"];
      stage.behave((n) => behaviours[n] ?? "Take");
      const kinds = [];
      for (const n of behaviours.keys()) kinds.push((await stage.deliver(n)).kind);
      expect(kinds).toEqual(["Ambiguous", "Ambiguous", "Ambiguous", "Permanent", "Transient", "Delivered"]);
      expect(await stage.arrived()).toEqual([...behaviours.keys()]);
    },
  },
  {
    says: "never takes a late answer for that of the next message",
    hasPeer: true,
    run: async (stage) => {
      const { promise, resolve } = Promise.withResolvers<Behaviour>();
      stage.behave((n) => (n === 1 ? promise : "Reject"));
      const first = stage.deliver(1);
      await arrives(stage, [1]);
      stage.clock.advance(stage.timeoutMs);
      expect(await first).toMatchObject({ kind: "Ambiguous" });
      const second = stage.deliver(2);
      resolve("Take");
      expect(await second).toMatchObject({ kind: "Permanent" });
    },
  },
  {
    says: "has no more under way than it says, and serves those who wait in order",
    run: async (stage) => {
      const { concurrency } = stage.target;
      const channels = await Promise.all(Array.from({ length: concurrency }, () => stage.acquire()));
      const order: string[] = [];
      const next = async (name: string): Promise<Channel> => {
        const channel = await stage.acquire();
        order.push(name);
        return channel;
      };
      const [second, third] = [next("second"), next("third")];
      expect(await stillOpen(second)).toBe(true);
      channels.pop()?.release();
      (await second).release();
      (await third).release();
      expect(order).toEqual(["second", "third"]);
      for (const channel of channels) channel.release();
    },
  },
  {
    says: "forgets who gives up waiting for a channel",
    run: async (stage) => {
      const { concurrency } = stage.target;
      const channels = await Promise.all(Array.from({ length: concurrency }, () => stage.acquire()));
      const giveUp = new AbortController();
      const waiting = stage.target.acquire(giveUp.signal);
      giveUp.abort();
      expect(isChannel(await waiting)).toBe(false);
      for (const channel of channels) channel.release();
      expect(await stage.deliver(1)).toMatchObject({ kind: "Delivered" });
    },
  },
  {
    says: "counts a channel that is released twice once",
    run: async (stage) => {
      const { concurrency } = stage.target;
      const channel = await stage.acquire();
      channel.release();
      channel.release();
      const channels = await Promise.all(Array.from({ length: concurrency }, () => stage.acquire()));
      const further = stage.target.acquire(never);
      expect(await stillOpen(further)).toBe(true);
      for (const held of channels) held.release();
      const given = await further;
      if (isChannel(given)) given.release();
    },
  },
  {
    says: "delivers side by side, each once",
    run: async (stage) => {
      const numbers = Array.from({ length: 50 }, (_, n) => n);
      const outcomes = await Promise.all(numbers.map((n) => stage.deliver(n)));
      expect(outcomes.map((outcome) => outcome.kind)).toEqual(numbers.map(() => "Delivered"));
      expect((await stage.arrived()).sort((a, b) => a - b)).toEqual(numbers);
    },
  },
  {
    says: "lets what is under way end when it is closed, and takes nothing more",
    run: async (stage) => {
      const channel = await stage.acquire();
      const closed = stage.target.close();
      expect(await stillOpen(closed)).toBe(true);
      expect(await stage.send(channel, 1)).toMatchObject({ kind: "Delivered" });
      channel.release();
      await closed;
      expect(await stage.deliver(2)).toMatchObject({ kind: "Transient", down: false });
      expect(await stage.arrived()).toEqual([1]);
    },
  },
];

async function arrives(stage: TargetStage, numbers: number[]): Promise<void> {
  let arrived: number[] = [];
  await eventually(() => {
    void stage.arrived().then((now) => (arrived = now));
    return arrived.length >= numbers.length;
  });
  expect(arrived).toEqual(numbers);
}
