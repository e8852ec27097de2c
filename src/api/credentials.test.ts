import { describe, expect, test } from "vitest";
import { z } from "zod";
import { adapterKind } from "./adapter-kind.ts";
import { adapter } from "./adapter.ts";
import { checkResource } from "./check.ts";
import { KINDS } from "./kinds.ts";
import { objectName, secretKeyRef } from "./meta.ts";

/**
 * No resource can hold a credential: whoever may read Adapters, or the Git repository that they come from, would have it.
 * Every field of every kind is gone through, so that a new one fails here until it is by reference.
 */

type Json = Record<string, unknown>;
interface Field {
  path: string;
  schema: Json;
}

const jsonOf = (schema: z.ZodType): Json => z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Json;

/** Every field below `schema`, objects and lists included, with its path. */
function fieldsOf(schema: Json, path: string): Field[] {
  const properties = Object.entries((schema["properties"] ?? {}) as Record<string, Json>);
  const items = schema["items"] as Json | undefined;
  return [
    { path, schema },
    ...properties.flatMap(([name, inner]) => fieldsOf(inner, `${path}.${name}`)),
    ...(items ? fieldsOf(items, `${path}[]`) : []),
  ];
}

const fields = KINDS.flatMap(({ kind, spec }) => fieldsOf(jsonOf(spec), kind));
const nameOf = ({ path }: Field): string => path.slice(path.lastIndexOf(".") + 1);
const pathsOf = (some: Field[]): string[] => some.map(({ path }) => path);

const SECRET = /secret|passw|pwd|token|credential|bearer|api_?key|private|cert|jwt|login|user(name)?$|auth(?!or)/i;
const isReference = ({ schema }: Field): boolean => {
  const { description: _, ...shape } = schema;
  const { $schema: _schema, ...expected } = jsonOf(secretKeyRef);
  return JSON.stringify(shape) === JSON.stringify(expected);
};
const isName = ({ schema }: Field): boolean => schema["pattern"] === jsonOf(objectName)["pattern"];

describe("In what anybody may write", () => {
  test("every field that a credential would go by is the name of a Secret, or of a key of one", () => {
    const secretive = fields.filter((field) => SECRET.test(nameOf(field)));
    const by = (is: (field: Field) => boolean) => pathsOf(secretive.filter(is));
    expect(by(isReference)).toEqual([
      "Adapter.fhir.target.bearerTokenRef",
      "Adapter.http.source.bearerTokenRef",
      "Adapter.http.target.bearerTokenRef",
    ]);
    expect(by(isName)).toEqual([
      "Adapter.mllp.source.tls.secretName",
      "Adapter.mllp.target.tls.secretName",
      "Adapter.fhir.target.tls.secretName",
      "Adapter.http.source.tls.secretName",
      "Adapter.http.target.tls.secretName",
    ]);
    // A choice of two words, and a list of names.
    expect(by((field) => !isReference(field) && !isName(field))).toEqual([
      "Adapter.mllp.source.tls.clientAuth",
      "Adapter.http.source.tls.clientAuth",
      "Adapter.pod.imagePullSecrets",
      "Adapter.pod.imagePullSecrets[]",
    ]);
    expect(fields.find(({ path }) => path === "Adapter.pod.imagePullSecrets[].name")).toSatisfy(isName);
  });

  test("there is no field that nobody has thought of: unknown ones are refused, and free ones are known by name", () => {
    const objects = fields.filter(({ schema }) => schema["type"] === "object");
    const open = objects.filter(({ schema }) => schema["additionalProperties"] !== false);
    expect(objects.length).toBeGreaterThan(50);
    expect(pathsOf(open)).toEqual([
      "AdapterClass.defaults.pod.nodeSelector",
      "ContractVersion.fhir.schema",
      "ContractVersion.json.schema",
      "Adapter.service.annotations",
      "Adapter.pod.nodeSelector",
    ]);
  });

  test("nothing makes headers, commands or an image of what somebody writes", () => {
    const NAMES = /^(headers?|cookies?|env|command|args|image|registry|proxy)$/i;
    expect(pathsOf(fields.filter((field) => NAMES.test(nameOf(field))))).toEqual([]);
  });
});

const PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n";
const parses = (transport: object): boolean =>
  adapter.safeParse({
    apiVersion: "fascia.dev/v1alpha1",
    kind: "Adapter",
    metadata: { name: "ehr", namespace: "clinic" },
    spec: { system: "ehr", owner: "ehr", ...transport },
  }).success;
const target = { url: "https://ehr.example" };

test("an address holds none that can be told: no user, and no parameter that is called like one", () => {
  const at = (url: string) => {
    const spec = {
      system: "ehr",
      owner: "ehr",
      http: { target: { url } },
      accepts: [{ contract: "visit", version: "1.0.0" }],
    };
    const metadata = { name: "ehr", namespace: "clinic" };
    return (
      "resource" in checkResource(adapterKind, { apiVersion: "fascia.dev/v1alpha1", kind: "Adapter", metadata, spec })
    );
  };
  const parameters = [
    "access_token",
    "API-Key",
    "apikey",
    "x-client-secret",
    "password",
    "pwd",
    "sig",
    "code",
    "key",
    "Signature",
    "jwt",
    "auth",
  ];
  const wrong = ["https://u:p@h.example/", ...parameters.map((name) => `https://h.example/in?format=json&${name}=x`)];
  expect(wrong.filter(at)).toEqual([]);
  const right = [
    "https://h.example/in?format=json",
    "https://h.example/key=1",
    "https://h.example/?keyword=a&encoding=b",
    "https://h.example/in?zipcode=1",
  ];
  expect(right.filter(at)).toEqual(right);
});

test("what is written in place of a reference is refused: a key, a token, and both beside the name of a Secret", () => {
  expect(parses({ http: { target: { ...target, bearerTokenRef: { name: "ehr", key: "token" } } } })).toBe(true);
  for (const inline of [PEM, "Bearer eyJhbGciOi", "s3cret!"]) {
    expect(parses({ mllp: { source: { port: 1, tls: { secretName: inline } } } })).toBe(false);
    for (const bearerTokenRef of [
      inline,
      { value: inline },
      { name: "ehr", key: "token", value: inline },
      { name: "ehr", key: inline },
    ])
      expect([bearerTokenRef, parses({ http: { target: { ...target, bearerTokenRef } } })]).toEqual([
        bearerTokenRef,
        false,
      ]);
  }
});
