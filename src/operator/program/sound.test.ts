import { describe, expect, test } from "vitest";
import type { Resource } from "../../policy/rule.ts";
import {
  aContractVersion,
  aDataDomain,
  aSource,
  aTarget,
  aWorld,
  anAdapterClass,
} from "../../../test/builders/resources.ts";
import { WorldReader } from "../admission/world.ts";
import { Memory } from "./memory.ts";
import { Sound } from "./sound.ts";

const good = aTarget("lab");
const bad = aTarget("lab", {
  accepts: [{ contract: "visit", version: "1.0.0", mapping: { version: "2", jsonata: "$nosuch(" } }],
});
const compiled = (sound: Sound, lab: typeof good) => sound.compile(aWorld(aContractVersion(), lab), [], 0);

test("what is wrong in itself takes no effect: what stood under its name before goes on", () => {
  const sound = new Sound();
  const [before] = compiled(sound, good).configs;
  const { configs, problems } = compiled(sound, bad);
  expect(configs).toEqual([before]);
  expect(problems).toMatchObject([{ invalid: true, name: "lab" }]);
});

test("what was never right is left out", () => {
  expect(compiled(new Sound(), bad).configs).toEqual([]);
});

test("what is wrong in itself and being deleted drains by what stood before", () => {
  const sound = new Sound();
  compiled(sound, good);
  const deleting = { ...bad, metadata: { ...bad.metadata, deletionTimestamp: "2027-01-01T00:00:00Z" } };
  expect(compiled(sound, deleting).configs).toMatchObject([{ name: "lab", draining: true }]);
});

test("what is no resource of today's, though its CRD let it pass, is told, and what stood before goes on", () => {
  const stored = (lab: object) => ({ contractVersions: [aContractVersion()], adapters: [lab] });
  const reader = new WorldReader();
  const sound = new Sound();
  const told = (lab: object) => sound.compile(reader.world(stored(lab)), reader.unreadable(stored(lab)), 0);
  const unreadable = { ...good, spec: { ...good.spec, http: { target: { url: "https://lab:99999/" } } } };
  expect(told(unreadable)).toMatchObject({ configs: [], problems: [{ invalid: true, kind: "Adapter", name: "lab" }] });
  const { configs } = told(good);
  expect(told(unreadable).configs).toEqual(configs);
  expect(told(unreadable).problems).toMatchObject([{ invalid: true, kind: "Adapter", name: "lab" }]);
});

describe("What a rule denies", () => {
  /** As the API server has it: `generation` counts its specs. */
  const stored = <R extends Resource>(resource: R, generation = 1, more: object = {}): R => ({
    ...resource,
    metadata: { ...resource.metadata, uid: `uid of ${resource.metadata.name}`, generation, ...more },
  });
  const EARLY = { creationTimestamp: "2027-01-01T00:00:00Z" };
  const LATE = { creationTimestamp: "2027-01-02T00:00:00Z" };
  const ehr = stored(aSource("ehr", 2575), 1, LATE);
  const lis = stored(aSource("lis", 2575), 1, LATE);
  /** Each Adapter that is in effect with its port, and who is denied. */
  const came = (sound: Sound, resources: Resource[], wasInEffect?: (resource: Resource) => boolean) => {
    const { configs, denials } = sound.compile(aWorld(aContractVersion(), ...resources), [], 0, wasInEffect);
    return {
      runs: configs.map(({ name, spec }) => `${name}:${spec.mllp?.source?.port}`),
      denied: denials.map(({ resource, goesOn }) => `${resource.metadata.name} ${goesOn ? "goes on" : "is left out"}`),
    };
  };

  test("is left out, until the rule has nothing against it", () => {
    const sound = new Sound();
    expect(came(sound, [ehr, lis])).toEqual({ runs: ["ehr:2575"], denied: ["lis is left out"] });
    expect(came(sound, [lis])).toEqual({ runs: ["lis:2575"], denied: [] });
  });

  test("is the spec that came later, also of what was made earlier: what is in effect is not in the wrong by it", () => {
    const sound = new Sound();
    const before = stored(aSource("lis", 2576), 1, EARLY);
    came(sound, [ehr, before]);
    const edited = stored(aSource("lis", 2575), 2, EARLY);
    expect(came(sound, [ehr, edited])).toEqual({ runs: ["ehr:2575", "lis:2576"], denied: ["lis is left out"] });
  });

  test("does not go on as what had its name before and is gone", () => {
    const sound = new Sound();
    came(sound, [ehr, stored(aSource("lis", 2576))]);
    const another = stored(aSource("lis", 2575), 1, { ...LATE, uid: "another" });
    expect(came(sound, [ehr, another])).toEqual({ runs: ["ehr:2575"], denied: ["lis is left out"] });
  });

  test("by what goes on in place of an edit is left out, too", () => {
    const sound = new Sound();
    came(sound, [ehr, stored(aSource("lis", 2576))]);
    const edited = stored(aSource("lis", 2575), 2);
    const third = stored(aSource("new", 2576), 1, EARLY);
    expect(came(sound, [ehr, edited, third])).toEqual({
      runs: ["ehr:2575", "lis:2576"],
      denied: ["lis is left out", "new is left out"],
    });
  });

  test("is what comes beside what is in effect, however long ago it was made", () => {
    const sound = new Sound();
    const domain = (name: string) => stored(aContractVersion({ version: "1.1.0", domain: name }), 1, LATE);
    sound.compile(aWorld(domain("billing")), [], 0);
    const { denials, streams } = sound.compile(aWorld(domain("billing"), stored(aContractVersion(), 1, EARLY)), [], 0);
    expect(denials).toMatchObject([{ resource: { metadata: { name: "visit-v1.0.0" } }, goesOn: false }]);
    expect(streams.map(({ name }) => name)).toEqual(["LINEAGE_AUDIT", "HUB_billing"]);
  });

  test("goes on in a process that has just begun, where its status says that it was in effect", () => {
    expect(came(new Sound(), [ehr, lis], ({ metadata }) => metadata.name === "lis")).toEqual({
      runs: ["lis:2575"],
      denied: ["ehr is left out"],
    });
    expect(came(new Sound(), [ehr, lis], () => true)).toEqual({
      runs: ["ehr:2575", "lis:2575"],
      denied: ["lis goes on"],
    });
  });

  /** The process after `before`. */
  const next = (before: Sound) => new Sound(new Memory(before.standing().map(({ text }) => text())));

  test("goes on in the next process as it was when it was edited meanwhile; another one of its name does not", () => {
    const first = new Sound();
    came(first, [ehr, stored(aSource("lis", 2576))]);
    const edited = stored(aSource("lis", 2575), 2);
    const left = { runs: ["ehr:2575", "lis:2576"], denied: ["lis is left out"] };
    const second = next(first);
    expect(came(second, [ehr, edited])).toEqual(left);
    expect(came(next(second), [ehr, edited])).toEqual(left);
    const another = stored(aSource("lis", 2575), 1, { uid: "another" });
    expect(came(next(first), [ehr, another])).toEqual({ runs: ["ehr:2575"], denied: ["lis is left out"] });
    expect(came(next(first), [ehr]).runs).toEqual(["ehr:2575"]);
  });

  test("takes effect in the next process where it is denied since, and an edit meanwhile adds nothing to that", () => {
    const first = new Sound();
    came(first, [ehr]);
    const claim = stored(aDataDomain({ ehr: ["elsewhere/ehr"] }));
    const edited = stored(aSource("ehr", 2577), 2, LATE);
    expect(came(next(first), [claim, edited])).toEqual({ runs: ["ehr:2577"], denied: ["ehr goes on"] });
    expect(came(new Sound(), [claim, edited])).toEqual({ runs: [], denied: ["ehr is left out"] });
  });

  test("is a domain that says nothing of others: what it was before goes on saying that, and keeps out who claims it now", () => {
    const sound = new Sound();
    const billing = stored(aDataDomain({ his: ["clinic/his"] }, "billing"), 1, LATE);
    came(sound, [stored(aDataDomain({ ehr: ["clinic/ehr"] }), 1, EARLY), billing]);
    const edited = stored(aDataDomain({ his: ["clinic/ehr"] }), 2, EARLY);
    const third = stored(aDataDomain({ ehr: ["clinic/second"] }, "third"), 1, LATE);
    const his = stored(aSource("his", 2576));
    const second = stored(aSource("second", 2577, { system: "ehr" }));
    expect(came(sound, [edited, billing, third, ehr, his, second])).toEqual({
      runs: ["ehr:2575", "his:2576"],
      denied: ["care is left out", "third is left out", "second is left out"],
    });
  });

  test("is told with the spec that goes on instead", () => {
    const sound = new Sound();
    const before = stored(aSource("lis", 2576));
    came(sound, [ehr, before]);
    const { denials } = sound.compile(aWorld(aContractVersion(), ehr, stored(aSource("lis", 2575), 2)), [], 0);
    expect(denials).toMatchObject([{ goesOn: false, instead: { spec: before.spec } }]);
  });

  test("and stands in a memory that is damaged, or that today's schema refuses, is not in effect by it", () => {
    const denied = stored(aSource("lis", 2575), 2);
    const { spec: _, ...without } = stored(aSource("lis", 2576));
    for (const text of ["{", "null", "[]", '{"kind":"Adapter"}', JSON.stringify(without)])
      expect(came(new Sound(new Memory([text])), [ehr, denied]).runs).toEqual(["ehr:2575"]);
  });

  test("by a class that came to require more goes on; what is new is left out, and an edit takes effect where it adds nothing to that", () => {
    const sound = new Sound();
    const plain = (host: string, generation: number) =>
      stored(aTarget("lab", { http: { target: { url: `http://${host}` } } }), generation, EARLY);
    const clinical = (tlsOutsidePodNetwork: boolean) => anAdapterClass({ tlsOutsidePodNetwork }, { isDefault: true });
    const urls = (...resources: Resource[]) =>
      sound.compile(aWorld(aContractVersion(), ...resources), [], 0).configs.map(({ spec }) => spec.http?.target?.url);
    urls(clinical(false), plain("lab.example", 1));
    const late = stored(aTarget("new", { http: { target: { url: "http://new.example" } } }), 1, LATE);
    expect(urls(clinical(true), plain("lab.example", 1), late)).toEqual(["http://lab.example"]);
    expect(urls(clinical(true), plain("other.example", 2))).toEqual(["http://lab.example"]);
    const edited = plain("lab.example", 3);
    const restarted = { ...edited, spec: { ...edited.spec, charset: "8859/1" } };
    const { configs, denials } = sound.compile(aWorld(aContractVersion(), clinical(true), restarted), [], 0);
    expect(configs.map(({ spec }) => spec.charset)).toEqual(["8859/1"]);
    expect(denials).toMatchObject([{ resource: { metadata: { name: "lab" } }, goesOn: true }]);
    expect(urls(clinical(true), plain("lab.clinic.svc", 4))).toEqual(["http://lab.clinic.svc"]);
  });

  test("and is on its way out drains by what was in effect, and not at all where nothing was", () => {
    const sound = new Sound();
    const leaving = { ...LATE, deletionTimestamp: "2027-01-03T00:00:00Z" };
    const drained = (lis: Resource) =>
      sound.compile(aWorld(aContractVersion(), ehr, lis), [], 0).configs.filter(({ name }) => name === "lis");
    expect(drained(stored(aSource("lis", 2575), 1, leaving))).toEqual([]);
    came(sound, [ehr, stored(aSource("lis", 2576), 2, LATE)]);
    const source = { mllp: { source: { port: 2576 } } };
    expect(drained(stored(aSource("lis", 2575), 3, leaving))).toMatchObject([{ draining: true, spec: source }]);
    expect(drained(stored(aSource("lis", 2576), 4, leaving))).toMatchObject([{ draining: true, spec: source }]);
  });
});
