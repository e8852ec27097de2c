import { once } from "node:events";
import { type Server, createServer } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Authority, MemorySecrets } from "../../test/builders/certificates.ts";
import { type TestNats, startNats } from "../../test/builders/nats.ts";
import { freePort } from "../../test/builders/ports.ts";
import { SourceRig } from "../../test/builders/sourcerig.ts";
import type { Secrets } from "../adapters/adapter.ts";
import { FasciaError } from "../base/errors.ts";
import type { AdapterConfig } from "../compile/config.ts";
import type { Deps } from "./deps.ts";
import { SourceSide } from "./sourceside.ts";

let nats: TestNats;
let material: MemorySecrets;
let rig: SourceRig;
let port: number;
let side: SourceSide;
let deps: Deps;
let secrets: Secrets;

beforeAll(async () => {
  nats = await startNats();
  const authority = new Authority();
  const { cert, key } = authority.issue("localhost");
  authority.remove();
  material = new MemorySecrets().set("tls", "tls.crt", cert).set("tls", "tls.key", key);
});
afterAll(() => nats.stop());

beforeEach(async () => {
  rig = await SourceRig.create(nats);
  port = await freePort();
  secrets = material;
  const current: Secrets = {
    read: (name, key) => secrets.read(name, key),
    readOptional: (name, key) => secrets.readOptional(name, key),
  };
  deps = { ...(await rig.deps()), secrets: current };
  side = (await SourceSide.start(deps, plain(), {})) as SourceSide;
});
afterEach(async () => {
  await side.stop();
  await rig.stop();
});

type HttpSource = NonNullable<NonNullable<AdapterConfig["spec"]["http"]>["source"]>;

const webhook = (revision: string, change: Partial<HttpSource>): AdapterConfig => {
  const { spec } = rig.config;
  return {
    ...rig.config,
    revision,
    spec: { ...spec, http: { source: { ...(spec.http?.source as HttpSource), port, ...change } } },
  };
};
const plain = () => webhook("plain", {});
const secured = () => webhook("secured", { tls: { secretName: "tls", clientAuth: "None" } });

/** 202 where the webhook takes messages. */
async function posted(id: string): Promise<number> {
  const headers = { "content-type": "application/json", "idempotency-key": id };
  return (await fetch(`http://127.0.0.1:${port}/x`, { method: "POST", body: "{}", headers })).status;
}

/** The Secret is there when it is looked for before the swap, and gone when the new source reads it. */
function vanishing(andThen: () => Promise<void> = async () => {}): Secrets {
  let reads = 0;
  return {
    readOptional: (name, key) => material.readOptional(name, key),
    read: async (name, key) => {
      if (key !== "tls.crt" || ++reads === 1) return material.read(name, key);
      await andThen();
      throw new FasciaError("SecretMissing", "gone");
    },
  };
}

async function occupy(): Promise<Server> {
  const server = createServer().listen(port, "0.0.0.0");
  await once(server, "listening");
  return server;
}

describe("a changed transport on the same port", () => {
  it("takes the place of the old one", async () => {
    await side.configure(secured());
    expect(side.address).toMatch(/^https:/);
    await expect(posted("1")).rejects.toThrow("fetch failed");
  });

  it("that lacks its Secret does not even disturb the old one", async () => {
    secrets = new MemorySecrets();
    const { address } = side;
    await expect(side.configure(secured())).rejects.toMatchObject({ code: "SecretMissing" });
    expect([await posted("1"), side.address, side.isOpen]).toEqual([202, address, true]);
    secrets = material;
    await side.configure(secured());
    expect(side.address).toMatch(/^https:/);
  });

  it("that fails to start once the old one is closed: the old one is opened again, and the error told", async () => {
    secrets = vanishing();
    await expect(side.configure(secured())).rejects.toMatchObject({ code: "SecretMissing" });
    expect([await posted("1"), side.isOpen]).toEqual([202, true]);
    expect(deps.health.ready().ok).toBe(true);
    secrets = material;
    await side.configure(secured());
    expect(side.address).toMatch(/^https:/);
  });

  it("is told of by health where the old one can't be opened again either, until one can", async () => {
    let occupant: Server | undefined;
    secrets = vanishing(async () => void (occupant = await occupy()));
    await expect(side.configure(secured())).rejects.toMatchObject({ code: "SecretMissing" });
    expect(side.isOpen).toBe(false);
    expect(deps.health.ready().failing.join()).toContain(
      `source of adapter default/${rig.name}: cannot listen on port ${port}`,
    );
    await expect(side.configure(plain())).rejects.toMatchObject({ code: "ListenFailed" });
    await new Promise((resolve) => occupant?.close(resolve));
    await side.configure(plain());
    expect([await posted("1"), side.isOpen, deps.health.ready().failing]).toEqual([202, true, []]);
  });
});
