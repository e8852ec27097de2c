import { beforeEach, describe, expect, test } from "vitest";
import { FasciaError } from "../../base/errors.ts";
import { ADAPTERS } from "../kinds.ts";
import { type KubeObject, keyOf } from "../kube/resource.ts";
import type { Known } from "./known.ts";
import { ProgramState } from "./state.ts";

const adapter = (name: string, generation = 1, uid = `uid of ${name}`): KubeObject => ({
  kind: "Adapter",
  metadata: { namespace: "clinic", name, uid, generation },
});

/** What the hub was programmed by: each Adapter as it is, and what else is known of some. */
const known = (adapters: KubeObject[], more: Record<string, Partial<Known>> = {}) =>
  new Map(
    adapters.map(({ metadata }) => {
      const { name, uid, generation } = metadata;
      const nothing = { uid, generation, problems: [], conflicts: [], revision: undefined };
      return [`Adapter ${keyOf(metadata)}`, { ...nothing, ...more[name] }];
    }),
  );

let state: ProgramState;
let woken: string[];
const ehr = adapter("ehr");
const lab = adapter("lab");

beforeEach(() => {
  state = new ProgramState();
  woken = [];
  state.watch({ type: ADAPTERS, list: () => [ehr, lab] }).subscribe((key) => woken.push(key));
});

const wokenBy = (action: () => void): string[] => {
  woken = [];
  action();
  return woken.toSorted();
};
const BOTH = ["clinic/ehr", "clinic/lab"];

describe("Who is woken when the hub was programmed", () => {
  test("everybody by the first time, and nobody when nothing is known otherwise", () => {
    expect(wokenBy(() => state.succeeded(known([ehr, lab])))).toEqual(BOTH);
    expect(wokenBy(() => state.succeeded(known([ehr, lab])))).toEqual([]);
  });

  test.each<[string, KubeObject, Partial<Known>]>([
    ["generation", adapter("ehr", 2), {}],
    ["uid", adapter("ehr", 1, "another"), {}],
    ["revision", ehr, { revision: "0123" }],
    ["conflicts", ehr, { conflicts: ["RAW_clinic_ehr: storage"] }],
    [
      "problems",
      ehr,
      { problems: [{ invalid: true, kind: "Adapter", namespace: "clinic", name: "ehr", path: "spec", reason: "no" }] },
    ],
  ])("only those with another %s", (_what, changed, more) => {
    state.succeeded(known([ehr, lab]));
    expect(wokenBy(() => state.succeeded(known([changed, lab], { ehr: more })))).toEqual(["clinic/ehr"]);
  });

  test("those who are new, and those who are gone", () => {
    state.succeeded(known([ehr]));
    expect(wokenBy(() => state.succeeded(known([lab])))).toEqual(BOTH);
  });

  test("never those of another kind", () => {
    state.succeeded(known([ehr, lab]));
    const integration = { uid: "1", generation: 1, problems: [], conflicts: [], revision: undefined };
    const more = new Map([...known([ehr, lab]), ["Integration clinic/ehr", integration] as const]);
    expect(wokenBy(() => state.succeeded(more))).toEqual([]);
  });

  test("everybody when it fails, once for the same reason, and when it works again", () => {
    state.succeeded(known([ehr, lab]));
    const away = () => state.failed(new FasciaError("HubUnavailable", "no answer"));
    expect(wokenBy(away)).toEqual(BOTH);
    expect(wokenBy(away)).toEqual([]);
    expect(wokenBy(() => state.failed(new FasciaError("StoreTooSmall", "no room")))).toEqual(BOTH);
    expect(wokenBy(() => state.succeeded(known([ehr, lab])))).toEqual(BOTH);
  });
});

describe("What is told of a resource", () => {
  test("nothing of one that had its name before", () => {
    state.succeeded(known([ehr], { ehr: { revision: "0123" } }));
    expect(state.revision(ehr)).toBe("0123");
    expect(state.revision(adapter("ehr", 1, "another"))).toBeUndefined();
    expect(state.hubOf(adapter("ehr", 1, "another"))).toEqual({ state: "Pending" });
  });

  test("that it is programmed only when this generation is", () => {
    state.succeeded(known([ehr]));
    expect(state.hubOf(ehr)).toEqual({ state: "Programmed" });
    expect(state.hubOf(adapter("ehr", 2))).toEqual({ state: "Pending" });
  });

  test("conflicts that concern it, and no other's", () => {
    state.succeeded(known([ehr, lab], { ehr: { conflicts: ["RAW_clinic_ehr: storage"] } }));
    expect(state.hubOf(ehr)).toEqual({ state: "Conflict", reasons: ["RAW_clinic_ehr: storage"] });
    expect(state.hubOf(lab)).toEqual({ state: "Programmed" });
  });
});

describe("What the rules say", () => {
  const judged = (adapters: KubeObject[], denied?: { reasons: string[]; goesOn: boolean }) =>
    new Map(
      adapters.map(({ metadata }) => {
        const { uid, generation } = metadata;
        return [`Adapter ${keyOf(metadata)}`, { uid, generation, ...(denied && { denied }) }];
      }),
    );
  const denied = { reasons: ["spec.system: not yours (ownership/system-claim)"], goesOn: false };

  test("wakes those of whom something else is said than before, whatever the hub does", () => {
    expect(wokenBy(() => state.judged(judged([ehr, lab])))).toEqual(BOTH);
    expect(wokenBy(() => state.judged(judged([ehr, lab])))).toEqual([]);
    expect(wokenBy(() => state.judged(new Map([...judged([ehr]), ...judged([lab], denied)])))).toEqual(["clinic/lab"]);
    expect(wokenBy(() => state.judged(judged([ehr, lab])))).toEqual(["clinic/lab"]);
  });

  test("is said of this very resource in this very generation, and it is Pending until then", () => {
    state.judged(judged([ehr], denied));
    state.succeeded(known([ehr, lab]));
    expect(state.judgement(ehr)).toMatchObject({ denied });
    for (const other of [lab, adapter("ehr", 2), adapter("ehr", 1, "another")]) {
      expect(state.judgement(other)).toBeUndefined();
      expect(state.judgedHubOf(other)).toEqual({ state: "Pending" });
    }
    expect(state.judgedHubOf(ehr)).toEqual({ state: "Programmed" });
  });
});
