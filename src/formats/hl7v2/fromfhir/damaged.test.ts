import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SAMPLES, convert, sample } from "../../../../test/builders/adt.ts";
import { FasciaError } from "../../../base/errors.ts";
import { Message } from "../message.ts";
import { fromFhir } from "./index.ts";

const RUNS = { numRuns: 400, seed: 20_260_314 };
const OPTIONS = { version: "2.5.1", sendingApplication: "FASCIA" } as const;
const CONTEXT = { controlId: "B1", now: new Date("2026-03-20T10:00:00Z") };

/** What `work` throws, unless it is a refusal in words of ours: either it works or it is refused. */
function faultOf(work: () => unknown): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof FasciaError ? undefined : error;
  }
}

const sampleBytes = fc.constantFrom(...SAMPLES).map(sample);

describe("damaged messages", () => {
  it("are converted or refused, whatever bytes they hold", () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(sampleBytes, damage, (original, changes) => {
        const bytes = Buffer.from(original);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        expect(faultOf(() => convert(Message.parse(bytes)))).toBeUndefined();
      }),
      RUNS,
    );
  });

  it("are converted or refused, wherever they are cut off or repeat themselves", () => {
    fc.assert(
      fc.property(sampleBytes, fc.nat(), fc.nat(), (original, from, length) => {
        const start = from % original.length;
        const piece = original.subarray(start, start + (length % 200));
        const head = original.subarray(0, start);
        const repeated = Buffer.concat([head, piece, original.subarray(start)]);
        expect(faultOf(() => convert(Message.parse(head)))).toBeUndefined();
        expect(faultOf(() => convert(Message.parse(repeated)))).toBeUndefined();
      }),
      RUNS,
    );
  });
});

describe("damaged Bundles", () => {
  const bundles = SAMPLES.map((name) => JSON.stringify(convert(Message.parse(sample(name))).bundle));

  it("are rendered or refused, whatever stands in place of an element", () => {
    const junk = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(null, [], {}, "", [null], "2026-99-99", "#location-3-bd"),
    );
    fc.assert(
      fc.property(fc.constantFrom(...bundles), fc.nat(), junk, (text, which, value) => {
        const bundle = JSON.parse(text) as unknown;
        const places = placesOf(bundle);
        const [owner, key] = places[which % places.length] as Place;
        owner[key] = value;
        expect(faultOf(() => fromFhir(bundle, OPTIONS, CONTEXT).serialise())).toBeUndefined();
      }),
      RUNS,
    );
  });
});

type Place = [owner: Record<string, unknown>, key: string];

/** Every element of a document. */
function placesOf(value: unknown): Place[] {
  if (typeof value !== "object" || value === null) return [];
  const owner = value as Record<string, unknown>;
  return Object.entries(owner).flatMap(([key, member]): Place[] => [[owner, key], ...placesOf(member)]);
}
