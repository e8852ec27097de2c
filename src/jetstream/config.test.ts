import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { eventually } from "../../test/builders/eventually.ts";
import { startNats } from "../../test/builders/nats.ts";
import { type TestHub, startHub } from "../../test/builders/starthub.ts";
import { errorCode } from "../base/errors.ts";
import type { AdapterConfig } from "../compile/config.ts";
import { CONFIG_BUCKET, currentKey, partKey } from "../compile/names.ts";
import { ConfigStore } from "./config.ts";
import { ConfigReader } from "./configreader.ts";
import { closeHub, connectHub } from "./hub.ts";

let hub: TestHub;
let store: ConfigStore;
let watching: AbortController;
/** Codes of what those who follow were told of. */
let failures: string[] = [];
let name = "";
let n = 0;

beforeAll(async () => {
  hub = await startHub();
  store = await ConfigStore.make(hub, { maxBytes: 16 * 1024 ** 2, replicas: 1 });
});
afterAll(() => hub.stop());
beforeEach(() => {
  name = `a${++n}`;
  watching = new AbortController();
  failures = [];
});
afterEach(() => watching.abort());

function config(revision: string, filling = ""): AdapterConfig {
  const spec = { system: "x", owner: filling } as AdapterConfig["spec"];
  return { revision, namespace: "default", name, spec, contracts: {}, emits: [], routes: [], domains: [] };
}

/** Follows the adapter's configuration from a connection of its own, as another process does. */
async function follow(): Promise<(AdapterConfig | undefined)[]> {
  const seen: (AdapterConfig | undefined)[] = [];
  const own = await connectHub({ url: hub.nats.url }, "adapter");
  watching.signal.addEventListener("abort", () => void closeHub(own));
  void new ConfigReader(own, { namespace: "default", name }).watch(watching.signal, {
    take: async (c) => {
      seen.push(c);
      return true;
    },
    failed: (error) => failures.push(errorCode(error)),
  });
  return seen;
}

const keysOf = async (): Promise<number> => {
  const info = await hub.jsm.streams.info(`KV_${CONFIG_BUCKET}`, {
    subjects_filter: `$KV.${CONFIG_BUCKET}.default.${name}.>`,
  });
  return Object.keys(info.state.subjects ?? {}).length;
};

test("what is put is seen by another process, and every change of it", async () => {
  await store.put(config("r1"));
  const seen = await follow();
  await eventually(() => expect(seen).toEqual([config("r1")]));
  await store.put(config("r2"));
  await eventually(() => expect(seen).toEqual([config("r1"), config("r2")]));
});

test("a process that was there before sees the first one, too", async () => {
  const seen = await follow();
  await store.put(config("r1"));
  await eventually(() => expect(seen).toEqual([config("r1")]));
});

test("the same revision is not written again", async () => {
  expect(await store.put(config("r1"))).toBe(true);
  const seen = await follow();
  await eventually(() => expect(seen).toHaveLength(1));
  expect(await store.put(config("r1"))).toBe(false);
  await store.put(config("r2"));
  await eventually(() => expect(seen.map((c) => c?.revision)).toEqual(["r1", "r2"]));
});

test("megabytes go in parts and come out whole, with every character; old parts are removed", async () => {
  const large = config("r1", "Größe 尺寸 🏥 ".repeat(200_000));
  await store.put(large);
  expect(await keysOf()).toBeGreaterThan(5);
  const seen = await follow();
  await eventually(() => expect(seen).toHaveLength(1));
  expect(seen[0]).toEqual(large);
  await store.put(config("r2"));
  await eventually(() => expect(seen.at(-1)).toEqual(config("r2")));
  const parts = await hub.jsm.streams.getMessage(`KV_${CONFIG_BUCKET}`, {
    last_by_subj: `$KV.${CONFIG_BUCKET}.default.${name}.part.r1.0`,
  });
  expect(parts?.header.get("KV-Operation")).toBe("PURGE");
});

test("a removed adapter's processes are told, and it can come back with the same revision", async () => {
  await store.put(config("r1"));
  const seen = await follow();
  await eventually(() => expect(seen).toHaveLength(1));
  await store.remove({ namespace: "default", name });
  await eventually(() => expect(seen).toEqual([config("r1"), undefined]));
  expect(await store.list()).not.toContainEqual({ namespace: "default", name });
  await store.put(config("r1"));
  await eventually(() => expect(seen).toEqual([config("r1"), undefined, config("r1")]));
  expect(await store.list()).toContainEqual({ namespace: "default", name });
});

test("going back to a revision that stood before brings it back whole", async () => {
  const seen = await follow();
  for (const revision of ["r1", "r2", "r1"]) {
    await store.put(config(revision, revision.repeat(300_000)));
    await eventually(() => expect(seen.at(-1)?.revision).toBe(revision));
  }
  expect(seen.map((c) => c?.spec.owner.length)).toEqual([600_000, 600_000, 600_000]);
});

test("many quick changes end with the last one", async () => {
  const seen = await follow();
  for (let i = 1; i <= 20; i++) await store.put(config(`r${i}`, "x".repeat(10_000)));
  await eventually(() => expect(seen.at(-1)?.revision).toBe("r20"));
});

test("watching goes on when the server was killed and is back", async () => {
  await store.put(config("r1"));
  const seen = await follow();
  await eventually(() => expect(seen.at(-1)?.revision).toBe("r1"));
  await hub.nats.kill();
  await hub.nats.restart();
  await eventually(async () => void (await store.put(config("r2"))));
  await eventually(() => expect(seen.at(-1)?.revision).toBe("r2"));
});

test("a change that nobody told of is found all the same; watching takes no consumer", async () => {
  await store.put(config("r1"));
  const stream = `KV_${CONFIG_BUCKET}`;
  const consumers = async () => (await hub.jsm.streams.info(stream)).state.consumer_count;
  const others = await consumers();
  const seen = await follow();
  await eventually(() => expect(seen.at(-1)?.revision).toBe("r1"));
  expect(await consumers()).toBe(others);
  const { config: before } = await hub.jsm.streams.info(stream);
  const { republish: _told, ...silent } = before;
  await hub.jsm.streams.update(stream, silent);
  await store.put(config("r2"));
  await eventually(() => expect(seen.at(-1)?.revision).toBe("r2"));
  // The control plane puts it right when it starts.
  await ConfigStore.make(hub, { maxBytes: 16 * 1024 ** 2, replicas: 1 });
  await store.put(config("r3"));
  await eventually(() => expect(seen.at(-1)?.revision).toBe("r3"));
});

test("an adapter does not make the bucket: it waits for the control plane", async () => {
  const other = await startNats();
  const own = await connectHub({ url: other.url }, "adapter");
  const reader = new ConfigReader(own, { namespace: "default", name });
  await expect(reader.read()).rejects.toMatchObject({ code: "HubUnavailable" });
  await closeHub(own);
  await other.stop();
});

test("one that can't be taken now is offered again until it is, or another takes its place", async () => {
  const offered: string[] = [];
  void new ConfigReader(hub, { namespace: "default", name }).watch(watching.signal, {
    take: async (c) => {
      offered.push(c?.revision ?? "none");
      return offered.length > 2;
    },
    failed: (error) => failures.push(errorCode(error)),
  });
  await store.put(config("r1"));
  await eventually(() => expect(offered).toEqual(["r1", "r1", "r1"]), 15_000);
  await store.put(config("r2"));
  await eventually(() => expect(offered).toEqual(["r1", "r1", "r1", "r2"]));
}, 30_000);

test("one that is damaged is told of, the one before stays in effect, and writing it again mends it", async () => {
  await store.put(config("r1"));
  const seen = await follow();
  await eventually(() => expect(seen).toEqual([config("r1")]));
  await hub.nc.request(`$KV.${CONFIG_BUCKET}.${currentKey({ namespace: "default", name })}`, "{", { timeout: 5000 });
  await eventually(() => expect(failures).toContain("ConfigDamaged"));
  expect(seen).toEqual([config("r1")]);
  expect(await store.put(config("r2"))).toBe(true);
  await eventually(() => expect(seen).toEqual([config("r1"), config("r2")]));

  const part = partKey({ namespace: "default", name }, "r2", 0);
  await hub.nc.request(`$KV.${CONFIG_BUCKET}.${part}`, '{"half', { timeout: 5000 });
  await expect(new ConfigReader(hub, { namespace: "default", name }).read()).rejects.toMatchObject({
    code: "ConfigDamaged",
  });
});
