import { expect, it } from "vitest";
import { adapterSpec } from "../api/adapter.ts";
import { secretUses } from "./secretuses.ts";

const bearerTokenRef = { name: "token", key: "t" };
const tls = { secretName: "tls" };

const uses = (transport: object) => secretUses(adapterSpec.parse({ system: "s", owner: "o", ...transport }));

it.each([
  [{ mllp: { source: { port: 1, tls } } }, ["spec.mllp.source.tls.secretName: tls"]],
  [{ mllp: { target: { host: "h", port: 1, tls } } }, ["spec.mllp.target.tls.secretName: tls"]],
  [
    { http: { source: { port: 1, tls, bearerTokenRef } } },
    ["spec.http.source.tls.secretName: tls", "spec.http.source.bearerTokenRef: token"],
  ],
  [
    { http: { target: { url: "https://h", tls, bearerTokenRef } } },
    ["spec.http.target.tls.secretName: tls", "spec.http.target.bearerTokenRef: token"],
  ],
  [
    { fhir: { target: { url: "https://h", tls, bearerTokenRef } } },
    ["spec.fhir.target.tls.secretName: tls", "spec.fhir.target.bearerTokenRef: token"],
  ],
  [{ mllp: { target: { host: "h", port: 1, tls: { serverName: "h" } } } }, []],
  [{ file: { target: { path: "f" } } }, []],
])("every reference of %j is found", (transport, found) => {
  expect(uses(transport).map(({ path, secret }) => `${path}: ${secret}`)).toEqual(found);
});

it.each([
  ["a listening socket", { mllp: { source: { port: 1, tls } } }, ["tls.crt"], "tls.key"],
  ["a listening socket", { mllp: { source: { port: 1, tls } } }, ["tls.crt", "tls.key"], undefined],
  [
    "one that verifies clients",
    { mllp: { source: { port: 1, tls: { ...tls, clientAuth: "Require" } } } },
    ["tls.crt", "tls.key"],
    "ca.crt",
  ],
  ["a client", { mllp: { target: { host: "h", port: 1, tls } } }, [], "ca.crt, or tls.crt and tls.key"],
  ["a client", { mllp: { target: { host: "h", port: 1, tls } } }, ["ca.crt"], undefined],
  ["a client", { mllp: { target: { host: "h", port: 1, tls } } }, ["tls.crt", "tls.key"], undefined],
  ["a client", { mllp: { target: { host: "h", port: 1, tls } } }, ["ca.crt", "tls.key"], "tls.crt"],
  ["a token", { http: { source: { port: 1, bearerTokenRef } } }, ["T"], "t"],
  ["a token", { http: { source: { port: 1, bearerTokenRef } } }, ["t"], undefined],
])("%s (%j) with %j misses %s", (_what, transport, present, missing) => {
  expect(uses(transport)[0]?.missing(new Set(present))).toBe(missing);
});
