import { expect, test } from "vitest";
import { aContractVersion, aTarget } from "../../../test/builders/resources.ts";
import { WorldReader } from "../admission/world.ts";
import { byKind } from "../../compile/resources.ts";
import { Sound } from "./sound.ts";

const good = aTarget("lab");
const bad = aTarget("lab", {
  accepts: [{ contract: "visit", version: "1.0.0", mapping: { version: "2", jsonata: "$nosuch(" } }],
});
const compiled = (sound: Sound, lab: typeof good) => sound.compile(byKind([aContractVersion(), lab]));

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
  const told = (lab: object) => sound.compile(reader.world(stored(lab)), reader.unreadable(stored(lab)));
  const unreadable = { ...good, spec: { ...good.spec, http: { target: { url: "https://lab:99999/" } } } };
  expect(told(unreadable)).toMatchObject({ configs: [], problems: [{ invalid: true, kind: "Adapter", name: "lab" }] });
  const { configs } = told(good);
  expect(told(unreadable).configs).toEqual(configs);
  expect(told(unreadable).problems).toMatchObject([{ invalid: true, kind: "Adapter", name: "lab" }]);
});
