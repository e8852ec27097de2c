import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { Board } from "./board.ts";
import { judge } from "./report.ts";
import { type Arrival, STEPS, type System, WITHHELD, compare } from "./scenario.ts";

const arrival = (system: System, what: string, raw = ""): Arrival => ({ system, what, at: 0, example: "", raw });

/** A board on which everything arrived as it should, but for what `change` does to one step. */
function board(change: (index: number, arrivals: Arrival[]) => Arrival[] = (_index, arrivals) => arrivals): Board {
  const played = new Board();
  for (const [index, { expected }] of STEPS.entries()) {
    played.nextStep(() => {});
    const arrivals = expected.map(({ system, what }) => arrival(system, what));
    for (const arrived of change(index, arrivals)) played.add(arrived);
  }
  return played;
}

describe("the demo's verdict", () => {
  it("is good when each system saw exactly what it should", () => {
    expect(judge(board())).toMatchObject({ complete: true, remarks: [] });
  });

  it("names what is missing, by step and system", () => {
    const lost = board((index, arrivals) =>
      index === 2 ? arrivals.filter(({ system }) => system !== "audit") : arrivals,
    );
    expect(judge(lost)).toMatchObject({ complete: false, remarks: ["a03.hl7: audit never got A03"] });
  });

  it("counts a second delivery as one too many", () => {
    const twice = board((index, arrivals) => (index === 0 ? [...arrivals, arrival("billing", "A01")] : arrivals));
    expect(judge(twice)).toMatchObject({ complete: false, remarks: ["a01.hl7: billing got one A01 too many"] });
  });

  it("does not take a delivery in a later step for the one that was expected in an earlier", () => {
    const late = board((index, arrivals) => {
      if (index === 3) return arrivals.filter(({ system }) => system !== "billing");
      return index === 4 ? [...arrivals, arrival("billing", "A04")] : arrivals;
    });
    const remarks = ["a04.hl7: billing never got A04", "a40.hl7: billing got one A04 too many"];
    expect(judge(late)).toMatchObject({ complete: false, remarks });
  });

  it("tells when a value reached a system that has no clearance for it", () => {
    const leaked = board((index, arrivals) =>
      index === 0 ? arrivals.map((arrived) => ({ ...arrived, raw: "…Lutheran…" })) : arrivals,
    );
    const remarks = ["patient app got Lutheran, which it has no clearance for"];
    expect(judge(leaked)).toMatchObject({ complete: false, remarks });
  });
});

it("each value that must not arrive is one that the EHR sends", async () => {
  const files = STEPS.map(({ file }) => new URL(`../../config/samples/hospital/messages/${file}`, import.meta.url));
  const sent = (await Promise.all(files.map((file) => readFile(file, "utf8")))).join("\n");
  for (const value of Object.values(WITHHELD).flat()) expect(sent).toContain(value);
});

it("waits for the last expected arrival, and no longer", async () => {
  const waiting = new Board();
  waiting.nextStep(() => {});
  const step = { file: "", title: "", expected: [{ system: "audit", what: "A01" } as const] };
  const complete = waiting.complete(step, 5000);
  waiting.add(arrival("billing", "A01"));
  waiting.add(arrival("audit", "A01"));
  expect(await complete).toEqual([]);
  expect(await waiting.complete({ ...step, expected: [{ system: "audit", what: "A02" }] }, 10)).toHaveLength(1);
  expect(compare([], waiting.all).surplus).toHaveLength(2);
});
