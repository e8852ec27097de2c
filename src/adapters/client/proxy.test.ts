import { describe, expect, it } from "vitest";
import { proxyFromEnvironment } from "./proxy.ts";

const on = { NODE_USE_ENV_PROXY: "1", HTTPS_PROXY: "http://proxy:3128", HTTP_PROXY: "proxy:3129" };
const leadsTo = (url: string, env: NodeJS.ProcessEnv) => proxyFromEnvironment(env)?.(new URL(url))?.href;

describe("The proxy of an address", () => {
  it("is that of its scheme, where the switch is on", () => {
    expect(leadsTo("https://lab.example/", on)).toBe("http://proxy:3128/");
    expect(leadsTo("http://lab.example/", on)).toBe("http://proxy:3129/");
    expect(proxyFromEnvironment({ ...on, NODE_USE_ENV_PROXY: undefined })).toBeUndefined();
    expect(leadsTo("https://lab.example/", { NODE_USE_ENV_PROXY: "1" })).toBeUndefined();
  });

  it.each([
    ["lab.example", "https://lab.example/", true],
    ["lab.example", "https://a.lab.example/", true],
    [".lab.example", "https://a.lab.example/", true],
    ["*.lab.example", "https://a.lab.example/", true],
    ["lab.example", "https://notlab.example/", false],
    ["LAB.example:8443", "https://lab.example:8443/", true],
    ["lab.example:443", "https://lab.example/", true],
    ["lab.example:8443", "https://lab.example/", false],
    ["10.0.0.0/8", "https://10.1.2.3/", true],
    ["10.0.0.0/8", "https://11.1.2.3/", false],
    ["10.1.2.3", "https://10.1.2.3/", true],
    ["2001:db8::/32", "https://[2001:db8::1]/", true],
    ["*", "https://anything/", true],
    ["*", "https://10.1.2.3/", true],
    ["a, b\tlab.example", "https://lab.example/", true],
  ])("with NO_PROXY %j, for %s: none is %s", (list, url, direct) => {
    expect(leadsTo(url, { ...on, NO_PROXY: list }) === undefined).toBe(direct);
  });

  it("must be one that can be asked", () => {
    for (const HTTPS_PROXY of ["socks5://proxy:1080", "https://proxy", "http://"])
      expect(() => proxyFromEnvironment({ ...on, HTTPS_PROXY })).toThrow("HTTPS_PROXY is no address of a proxy");
  });
});
