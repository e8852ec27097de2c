import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KINDS } from "../../src/api/kinds.ts";
import { checkResource } from "../../src/api/check.ts";
import { type ControlPlane, startControlPlane } from "../../hack/cluster/controlplane.ts";
import type { Answer, KubeClient } from "../../hack/cluster/client.ts";
import { eventually } from "../builders/eventually.ts";
import { applyCrds, crdConditions, create, messageOf, pathOf } from "./api.ts";
import { readSamples } from "./samples.ts";
import { RIGHT, WRONG } from "../rules/index.ts";

const samples = await readSamples();
let controlPlane: ControlPlane;
let admin: KubeClient;

beforeAll(async () => {
  controlPlane = await startControlPlane();
  admin = controlPlane.client("admin");
  await applyCrds(admin);
}, 120_000);

afterAll(() => controlPlane?.stop());

const refusalOf = (answer: Answer) => (answer.status === 201 ? undefined : messageOf(answer));

/** The resource as Fascia reads it from a file. */
function readOffline(resource: { kind: string }): { spec: unknown } {
  const kind = KINDS.find((candidate) => candidate.kind === resource.kind);
  const checked = kind && checkResource(kind, resource);
  if (checked === undefined || "faults" in checked) throw new Error(`not a right ${resource.kind}`);
  return checked.resource as { spec: unknown };
}

describe("The API server", () => {
  test.each(KINDS)("serves $plural with a structural schema", async ({ plural }) => {
    const conditions = await crdConditions(admin, plural);
    expect(conditions).toContainEqual(expect.objectContaining({ type: "Established", status: "True" }));
    expect(conditions.filter(({ type }) => type === "NonStructuralSchema")).toEqual([]);
  });

  test.each(samples)("takes $resource.kind $resource.metadata.name of $file", async ({ resource }) => {
    const answer = await create(admin, resource);
    expect(refusalOf(answer)).toBeUndefined();
  });

  test.each(RIGHT)("takes $title", async ({ resource }) => {
    const answer = await create(admin, resource, true);
    expect(refusalOf(answer)).toBeUndefined();
  });

  test.each(WRONG)("refuses $title", async ({ resource, says }) => {
    const answer = await create(admin, resource, true);
    expect([400, 422]).toContain(answer.status);
    expect(messageOf(answer)).toContain(says);
  });
});

describe("A resource on the API server", () => {
  const ehr = `${pathOf("Adapter")}/ehr`;

  test("has the defaults that it has without an API server", async () => {
    const ours = samples.filter(({ resource }) => resource.kind !== "Secret");
    expect(ours).not.toEqual([]);
    for (const { resource } of ours) {
      const served = await admin.request("GET", `${pathOf(resource.kind)}/${resource.metadata.name}`);
      expect((served.body as { spec: unknown }).spec).toEqual(readOffline(resource).spec);
    }
  });

  test("counts as not looked at until somebody has", async () => {
    const { body } = await admin.request("GET", ehr);
    expect((body as { status: unknown }).status).toEqual({ observedGeneration: -1 });
  });

  test("keeps the conditions that different writers own", async () => {
    for (const [type, manager] of [
      ["Ready", "operator"],
      ["Serving", "runtime"],
    ] as const) {
      const condition = {
        type,
        status: "True",
        reason: "Tested",
        message: "",
        lastTransitionTime: "2027-01-01T00:00:00Z",
      };
      const { status } = await admin.request("PATCH", `${ehr}/status?fieldManager=${manager}`, {
        contentType: "application/apply-patch+yaml",
        body: {
          apiVersion: "fascia.dev/v1alpha1",
          kind: "Adapter",
          metadata: { name: "ehr" },
          status: { conditions: [condition] },
        },
      });
      expect(status).toBe(200);
    }
    const { body } = await admin.request("GET", ehr);
    const { conditions } = (body as { status: { conditions: { type: string }[] } }).status;
    expect(conditions.map(({ type }) => type).sort()).toEqual(["Ready", "Serving"]);
  });

  test("is described field by field, for `kubectl explain`", async () => {
    const schemas = await publishedSchemas(admin);
    for (const { kind } of KINDS) {
      const { spec, status } = (schemas[`dev.fascia.v1alpha1.${kind}`] as Described).properties ?? {};
      expect(undescribed("spec", spec ?? {})).toEqual([]);
      expect(undescribed("status", status ?? {})).toEqual([]);
    }
  });

  test("is shown in columns that tell what it is about", async () => {
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    const { body } = await admin.request("GET", pathOf("Integration"), { accept });
    const { columnDefinitions, rows } = body as { columnDefinitions: { name: string }[]; rows: { cells: unknown[] }[] };
    expect(columnDefinitions.map(({ name }) => name)).toEqual([
      "Name",
      "Ready",
      "Reason",
      "Contract",
      "Version",
      "Owner",
      "Age",
      "Message",
    ]);
    const [name, , , contract, version] = rows.find(({ cells }) => cells[0] === "eligibility-results")?.cells ?? [];
    expect([name, contract, version]).toEqual(["eligibility-results", "eligibility-result", "^1.0.0"]);
  });

  test("is scaled as a Deployment is, within its rules", async () => {
    const scale = (name: string, replicas: number) =>
      admin.request("PATCH", `${pathOf("Adapter")}/${name}/scale`, {
        contentType: "application/merge-patch+json",
        body: { spec: { replicas } },
      });
    expect((await scale("ehr", 2)).body).toMatchObject({ spec: { replicas: 2 } });
    expect((await admin.request("GET", ehr)).body).toMatchObject({ spec: { replicas: 2 } });
    const refused = await scale("audit", 2);
    expect(refused.status).toBe(422);
    expect(messageOf(refused)).toContain("at most 1 for an adapter of files");
  });

  test("is found by its short name and by the category fascia", async () => {
    const { body } = await admin.request("GET", "/apis/fascia.dev/v1alpha1");
    const { resources } = body as { resources: { name: string; shortNames?: string[]; categories?: string[] }[] };
    const found = resources.filter(({ name }) => !name.includes("/"));
    const wanted = KINDS.map(({ plural, shortNames }) => ({ name: plural, shortNames, categories: ["fascia"] }));
    expect(found).toHaveLength(wanted.length);
    expect(found).toEqual(expect.arrayContaining(wanted.map((each) => expect.objectContaining(each) as unknown)));
  });
});

interface Described {
  description?: string;
  properties?: Record<string, Described>;
  items?: Described;
  additionalProperties?: Described;
}

/** The API server publishes schemas of new kinds a moment after it serves them. */
async function publishedSchemas(client: KubeClient): Promise<Record<string, unknown>> {
  let schemas: Record<string, unknown> = {};
  await eventually(async () => {
    const { status, body } = await client.request("GET", "/openapi/v3/apis/fascia.dev/v1alpha1");
    schemas = (body as { components?: { schemas: Record<string, unknown> } }).components?.schemas ?? {};
    return status === 200 && KINDS.every(({ kind }) => `dev.fascia.v1alpha1.${kind}` in schemas);
  });
  return schemas;
}

function undescribed(path: string, schema: Described): string[] {
  const here = schema.description ? [] : [path];
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    undescribed(`${path}.${name}`, field),
  );
  const items = Object.entries(schema.items?.properties ?? {}).flatMap(([name, field]) =>
    undescribed(`${path}[].${name}`, field),
  );
  return [...here, ...fields, ...items];
}
