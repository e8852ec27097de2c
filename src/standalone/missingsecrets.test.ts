import { expect, it } from "vitest";
import { adapter } from "../api/adapter.ts";
import { missingSecrets } from "./missingsecrets.ts";

const portal = adapter.parse({
  apiVersion: "fascia.dev/v1alpha1",
  kind: "Adapter",
  metadata: { namespace: "east", name: "portal" },
  spec: {
    system: "portal",
    owner: "portal team",
    http: { source: { port: 8080, bearerTokenRef: { name: "portal-token", key: "token" } } },
  },
});

const secret = (namespace: string, ...keys: string[]) => ({
  namespace,
  name: "portal-token",
  data: Object.fromEntries(keys.map((key) => [key, Buffer.from("x")])),
});

const told = (...secrets: ReturnType<typeof secret>[]) =>
  missingSecrets([portal], secrets).map(({ invalid, kind, name, path, reason }) => [invalid, kind, name, path, reason]);

it("a Secret that no manifest of the namespace holds is told of, with the way out, and nothing is invalid", () => {
  const reason =
    "Secret portal-token does not exist in namespace east: add it to the manifests, with token; until then Adapter portal is not ready";
  expect(told()).toEqual([[false, "Adapter", "portal", "spec.http.source.bearerTokenRef", reason]]);
  expect(told(secret("west", "token"))).toHaveLength(1);
});

it("so is a key that its Secret does not have", () => {
  expect(told(secret("east", "Token"))[0]?.[4]).toBe(
    "Secret portal-token in namespace east has no token: add it under data or stringData; until then Adapter portal is not ready",
  );
});

it("nothing is told where it is there", () => {
  expect(told(secret("east", "token"))).toEqual([]);
});
