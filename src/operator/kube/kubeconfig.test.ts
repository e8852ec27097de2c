import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import { Access } from "./access.ts";
import { loadKubeConfig } from "./kubeconfig.ts";

const CONFIG = `
apiVersion: v1
kind: Config
current-context: site
clusters:
  - { name: site, cluster: { server: "https://api.site.example:6443/" } }
  - { name: bare, cluster: { server: "http://api.bare.example" } }
users:
  - { name: me, user: { token: abc } }
contexts:
  - { name: site, context: { cluster: site, user: me, namespace: fascia } }
  - { name: bare, context: { cluster: bare, user: me } }
`;

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "fascia-kubeconfig-"));
  vi.stubEnv("HOME", directory);
  vi.stubEnv("KUBECONFIG", join(directory, "config"));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

const write = (text: string) => writeFile(join(directory, "config"), text);
const invalid = expect.objectContaining({ code: "KubeConfigInvalid" }) as Error;

describe("the kubeconfig", () => {
  it("tells where the API server is, and the namespace", async () => {
    await write(CONFIG);
    const access = new Access(loadKubeConfig(), new ManualClock());
    expect([access.server, access.namespace]).toEqual(["https://api.site.example:6443", "fascia"]);
  });

  it("is refused when it is not there, is none, or lacks the context that is asked for", async () => {
    expect(() => loadKubeConfig()).toThrow(invalid);
    await write("{");
    expect(() => loadKubeConfig()).toThrow(invalid);
    await write(CONFIG);
    expect(() => loadKubeConfig("elsewhere")).toThrow(invalid);
  });

  it("is refused with the contexts that there are", async () => {
    await write(CONFIG);
    expect(() => loadKubeConfig("elsewhere")).toThrow("no context elsewhere; it has site, bare");
    await write(CONFIG.replace("current-context: site", ""));
    expect(() => loadKubeConfig()).toThrow("no current context: name one with --context; it has site, bare");
    await write("apiVersion: v1\nkind: Config\n");
    expect(() => loadKubeConfig()).toThrow("no current context: name one with --context; it has none");
    await write(CONFIG.replace("cluster: site, user", "cluster: gone, user"));
    expect(() => loadKubeConfig()).toThrow("context site of the kubeconfig names a cluster that is not in it");
  });

  it("is not made up where there is none", () => {
    vi.stubEnv("KUBECONFIG", "");
    expect(() => loadKubeConfig()).toThrow("set KUBECONFIG");
  });

  it("does not lead to an API server without TLS", async () => {
    await write(CONFIG);
    expect(() => new Access(loadKubeConfig("bare"), new ManualClock())).toThrow(invalid);
  });
});
