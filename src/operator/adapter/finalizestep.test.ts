import { expect, test } from "vitest";
import { type FinalizeStep, type FinalizeFacts, finalizeStep } from "./finalizestep.ts";

/** An Adapter whose pods deliver what waits. */
const DRAINING: FinalizeFacts = {
  discard: false,
  elapsedMs: 1000,
  timeoutMs: 60_000,
  namespaceGoes: false,
  podsWork: true,
  hub: "Draining",
  waiting: 3,
};

test.each<[string, Partial<FinalizeFacts>, FinalizeStep]>([
  ["something waits", {}, "Drain"],
  ["nobody can tell yet what waits", { waiting: undefined }, "Drain"],
  ["the hub does not know yet that it drains", { hub: "Before", waiting: 0 }, "Drain"],
  ["the hub does not answer, and there is time", { hub: "Unavailable", waiting: undefined }, "Drain"],
  ["nothing waits any more", { waiting: 0 }, "Leave"],
  ["the time is over", { elapsedMs: 60_000 }, "Leave"],
  ["its pods are gone", { podsWork: false }, "Leave"],
  ["its pods are gone before the hub knows", { podsWork: false, hub: "Before" }, "Leave"],
  ["its namespace goes", { namespaceGoes: true }, "Go"],
  ["the hub is programmed without it", { hub: "Gone", waiting: undefined }, "Go"],
  ["the time is over and the hub does not answer", { elapsedMs: 60_000, hub: "Unavailable" }, "Go"],
  ["its pods are gone and the hub does not answer", { podsWork: false, hub: "Unavailable" }, "Go"],
  ["its namespace goes and the hub does not answer", { namespaceGoes: true, hub: "Unavailable" }, "Go"],
  ["the time is long over and the hub is not programmed", { elapsedMs: 90_000 }, "Go"],
  ["it is to be discarded", { discard: true }, "Leave"],
  ["it is to be discarded and the hub is programmed without it", { discard: true, hub: "Gone" }, "Discard"],
  ["it is to be discarded and the hub does not answer", { discard: true, hub: "Unavailable" }, "Leave"],
  [
    "it is to be discarded, the hub does not answer and the time is over",
    { discard: true, hub: "Unavailable", elapsedMs: 60_000 },
    "Go",
  ],
  [
    "it is to be discarded, the hub does not answer and its namespace goes",
    { discard: true, hub: "Unavailable", namespaceGoes: true },
    "Go",
  ],
  ["it is to be discarded with its namespace", { discard: true, namespaceGoes: true }, "Leave"],
])("when %s", (_when, facts, next) => {
  expect(finalizeStep({ ...DRAINING, ...facts })).toBe(next);
});

test("whatever is known or not, it is gone half a minute after its time at the latest, or is being discarded", () => {
  for (const hub of ["Before", "Draining", "Gone", "Unavailable"] as const)
    for (const waiting of [undefined, 0, 7])
      for (const discard of [true, false])
        for (const podsWork of [true, false]) {
          const facts = { ...DRAINING, hub, waiting, discard, podsWork, elapsedMs: 90_000 };
          expect(finalizeStep(facts)).toBe(discard && hub === "Gone" ? "Discard" : "Go");
        }
});
