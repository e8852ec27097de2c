import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Delivery, type Note, busy, delivered } from "../../../test/builders/delivery.ts";
import { type TestNats, startNats } from "../../../test/builders/nats.ts";
import { seeded } from "../../../test/builders/random.ts";

let nats: TestNats;
let delivery: Delivery;

beforeAll(async () => {
  nats = await startNats();
});
afterEach(() => delivery.stop());
afterAll(() => nats.stop());

test.each([1, 2, 3])(
  "whatever fails and whenever the worker dies, nothing is lost, repeated or overtaken (seed %i)",
  { timeout: 60_000 },
  async (seed) => {
    delivery = await Delivery.create(nats, {
      idempotent: false,
      concurrency: 4,
      routes: [{ integration: "notes", attempts: 2 }],
    });
    const random = seeded(seed);
    const key = () => `k${Math.floor(random() * 8)}`;
    let calm = false;
    const taken: Note[] = [];
    let sent = 0;
    delivery.target.answer = async (note) => {
      await new Promise((resolve) => setTimeout(resolve, random() * 5));
      sent++;
      if (!calm && random() < 0.4) return busy;
      taken.push(note);
      return delivered;
    };
    const notes: { id: string; keys: string[] }[] = [];
    await delivery.start();
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 60; i++) {
        const keys = random() < 0.2 ? [...new Set([key(), key()])] : [key()];
        const note = { id: `n${notes.length}`, keys };
        notes.push(note);
        await delivery.publish(note, ...keys);
      }
      await new Promise((resolve) => setTimeout(resolve, random() * 300));
      if (round === 4) break;
      await delivery.crash();
      await delivery.start();
    }
    calm = true;
    await delivery.settled(30_000);
    const ids = taken.map((note) => note.id);
    const ambiguous = (await delivery.quarantined()).filter((q) => q.outcome === "Ambiguous").length;
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length + ambiguous).toBeGreaterThanOrEqual(notes.length);
    expect(ambiguous).toBeLessThanOrEqual(4 * 4);
    expect(sent).toBeGreaterThan(notes.length);
    const last = new Map<string, number>();
    for (const note of taken) {
      const at = Number(note.id.slice(1));
      for (const k of note["keys"] as string[]) {
        expect(at).toBeGreaterThan(last.get(k) ?? -1);
        last.set(k, at);
      }
    }
  },
);
