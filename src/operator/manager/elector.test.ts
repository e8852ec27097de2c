import { describe, expect, it } from "vitest";
import { LeaseServer, Machine, type Passage } from "../../../test/builders/leases.ts";
import { seeded } from "../../../test/builders/random.ts";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import { silentLog } from "../../telemetry/log.ts";
import { createOperatorMetrics } from "../../telemetry/operatormetrics.ts";
import { Elector } from "./elector.ts";

const STEP_MS = 100;
const FAST: Passage = { thereMs: 5, backMs: 5 };

const metrics = createOperatorMetrics({ process: false });

async function turns(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** True time, and a Lease server; nothing moves but by `pass`. */
class World {
  readonly clock = new ManualClock();
  readonly server = new LeaseServer();
  readonly nodes: Node[] = [];
  check = (): void => {};

  node(options: { rate?: number; wallOffsetMs?: number; passage?: () => Passage; random?: () => number } = {}): Node {
    const { rate = 1, wallOffsetMs = 0, passage = () => FAST, random = () => 0.5 } = options;
    const machine = new Machine(this.clock, rate, wallOffsetMs);
    const client = machine.client(this.server, () => (node.cutOff ? { ...FAST, lost: "there" } : passage()));
    const identity = `node-${this.nodes.length}`;
    const elector = new Elector(
      { lease: { name: "operator", namespace: "fascia" }, identity },
      { client, clock: machine, random, log: silentLog, metrics },
    );
    const node: Node = new Node(identity, machine, elector);
    this.nodes.push(node);
    return node;
  }

  /** Nodes that lead now, of those that can do anything at all. */
  leaders(): string[] {
    return this.nodes
      .filter(({ machine, elector }) => !machine.frozen && elector.holds())
      .map(({ identity }) => identity);
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      await turns();
      this.clock.advance(Math.min(STEP_MS, left));
      this.check();
      await turns();
      this.check();
    }
  }
}

class Node {
  readonly identity: string;
  readonly machine: Machine;
  readonly elector: Elector;
  /** Neither stopped nor out of office for good. */
  alive = true;
  lost = false;
  /** None of its requests arrives. */
  cutOff = false;
  readonly #over = new AbortController();

  constructor(identity: string, machine: Machine, elector: Elector) {
    this.identity = identity;
    this.machine = machine;
    this.elector = elector;
    void elector.start(this.#over.signal);
    elector.lost.catch(() => {
      this.lost = true;
      this.alive = false;
    });
  }

  async stop(): Promise<void> {
    this.alive = false;
    this.#over.abort();
    await this.elector.stop();
  }
}

describe("leader election", () => {
  it("lets the first one lead and the second one wait for as long as the first renews", async () => {
    const world = new World();
    world.node();
    await world.pass(1000);
    world.node();
    await world.pass(120_000);
    expect(world.leaders()).toEqual(["node-0"]);
    expect(world.server.lease?.spec).toMatchObject({ holderIdentity: "node-0", leaseTransitions: 1 });
  });

  it("hands over within a retry when the leader stops", async () => {
    const world = new World();
    const first = world.node();
    await world.pass(1000);
    world.node();
    await world.pass(10_000);
    void first.stop();
    await world.pass(3000);
    expect(world.leaders()).toEqual(["node-1"]);
    expect(first.lost).toBe(false);
  });

  it("hands over though the renewal in flight at the stop was carried out unseen", async () => {
    const world = new World();
    let passage = FAST;
    const first = world.node({ passage: () => passage });
    await world.pass(1000);
    world.node();
    passage = { ...FAST, lost: "back" };
    await world.pass(3000);
    passage = FAST;
    void first.stop();
    await world.pass(3000);
    expect(world.leaders()).toEqual(["node-1"]);
  });

  it("has another one lead after the time of a leader that died", async () => {
    const world = new World();
    const first = world.node();
    await world.pass(1000);
    world.node();
    await world.pass(3000);
    first.machine.freeze();
    await world.pass(12_000);
    expect(world.leaders()).toEqual([]);
    await world.pass(8000);
    expect(world.leaders()).toEqual(["node-1"]);
    first.machine.thaw();
    expect(first.elector.holds()).toBe(false);
    await world.pass(1000);
    expect(first.lost).toBe(true);
    expect(world.leaders()).toEqual(["node-1"]);
  });

  it("ends the leadership of one that cannot renew before anybody else may take it", async () => {
    const world = new World();
    const first = world.node();
    await world.pass(3000);
    world.node();
    first.cutOff = true;
    const seen: string[] = [];
    for (let second = 0; second < 20; second++) {
      await world.pass(1000);
      seen.push(world.leaders().join("+"));
    }
    expect(seen.indexOf("")).toBeGreaterThan(5);
    expect(seen.indexOf("node-1")).toBeGreaterThan(seen.indexOf(""));
    expect(seen.at(-1)).toBe("node-1");
    expect(first.lost).toBe(true);
  });

  it.each([0, 400, 800, 1200, 1600])(
    "leaves no time in which two lead, with one clock slow and one fast (%i ms apart)",
    async (ms) => {
      const world = new World();
      world.check = () => expect(world.leaders().length).toBeLessThan(2);
      const first = world.node({ rate: 0.9 });
      await world.pass(1000 + ms);
      world.node({ rate: 1.1 });
      await world.pass(10_000);
      first.cutOff = true;
      await world.pass(30_000);
      expect(world.leaders()).toEqual(["node-1"]);
    },
  );

  it("counts a holder's time from before its write, however late the answer comes", async () => {
    const world = new World();
    world.check = () => expect(world.leaders().length).toBeLessThan(2);
    let passage = FAST;
    const first = world.node({ rate: 0.9, passage: () => passage });
    await world.pass(1000);
    world.node({ rate: 1.1 });
    await world.pass(10_000);
    passage = { thereMs: 5, backMs: 7500 };
    await world.pass(3000);
    first.cutOff = true;
    await world.pass(30_000);
    expect(world.leaders()).toEqual(["node-1"]);
  });

  it("does not mind clocks that are an hour apart", async () => {
    const world = new World();
    world.node({ wallOffsetMs: -3_600_000 });
    await world.pass(1000);
    world.node({ wallOffsetMs: 3_600_000 });
    await world.pass(60_000);
    expect(world.leaders()).toEqual(["node-0"]);
  });

  it("goes on leading when its Lease is deleted", async () => {
    const world = new World();
    const first = world.node();
    await world.pass(1000);
    world.node();
    await world.pass(5000);
    world.server.delete();
    await world.pass(30_000);
    expect(world.leaders()).toEqual(["node-0"]);
    expect(first.lost).toBe(false);
  });

  it("waits for the time of a leader out of reach though its Lease is deleted", async () => {
    const world = new World();
    const first = world.node();
    await world.pass(1000);
    world.node();
    await world.pass(5000);
    first.cutOff = true;
    world.server.delete();
    await world.pass(6000);
    expect(world.leaders()).toEqual(["node-0"]);
    await world.pass(12_000);
    expect(world.leaders()).toEqual(["node-1"]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "never has two leaders, whatever goes wrong, and one once it is over (seed %i)",
    async (seed) => {
      const random = seeded(seed);
      const world = new World();
      let trouble = true;
      const passage = (): Passage => {
        if (!trouble) return FAST;
        const slow = random() < 0.04 ? 20_000 : 500;
        const lost = (["there", "back"] as const)[Math.floor(random() * 50)];
        return { thereMs: random() * slow, backMs: random() * slow, lost };
      };
      const terms = new Set<string>();
      world.check = () => {
        const leaders = world.leaders();
        expect(leaders.length, `leaders ${leaders.join(" and ")}`).toBeLessThan(2);
        for (const leader of leaders) terms.add(leader);
      };
      const born = () => world.node({ rate: 0.9 + 0.2 * random(), wallOffsetMs: random() * 1e7, passage, random });
      for (let second = 0; second < 600; second++) {
        const alive = world.nodes.filter(({ alive }) => alive);
        if (alive.length < 3) born();
        const any = alive[Math.floor(random() * alive.length)];
        if (random() < 0.03) any?.machine.freeze();
        if (random() < 0.01) void any?.stop();
        if (any !== undefined && random() < 0.1) any.cutOff = !any.cutOff;
        if (random() < 0.1) for (const { machine } of world.nodes) machine.thaw();
        await world.pass(1000);
      }
      trouble = false;
      for (const node of world.nodes) {
        node.machine.thaw();
        node.cutOff = false;
      }
      born();
      await world.pass(40_000);
      expect(world.leaders()).toHaveLength(1);
      expect(terms.size).toBeGreaterThan(3);
    },
  );
});
