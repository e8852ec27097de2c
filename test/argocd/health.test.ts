import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { KINDS } from "../../src/api/kinds.ts";
import { runHealthCheck } from "./lua.ts";

const folder = new URL("../../config/argocd/", import.meta.url);
const script = await readFile(new URL("health.lua", folder), "utf8");

interface Case {
  title: string;
  metadata?: object;
  status?: object;
  health: string;
  says: string;
}

const condition = (type: string, status: string, message = "", observedGeneration = 3) => ({
  type,
  status,
  reason: `${type}Reason`,
  message,
  observedGeneration,
});

const CASES: Case[] = [
  { title: "without a status is waited for", health: "Progressing", says: "Waiting for Fascia's operator" },
  {
    title: "that nobody has looked at is waited for",
    status: { observedGeneration: -1 },
    health: "Progressing",
    says: "Waiting for Fascia's operator",
  },
  {
    title: "whose earlier generation was ready is waited for",
    status: { observedGeneration: 2, conditions: [condition("Ready", "True", "", 2)] },
    health: "Progressing",
    says: "Waiting for Fascia's operator",
  },
  {
    title: "with a condition of an earlier generation is waited for",
    status: { observedGeneration: 3, conditions: [condition("Ready", "True", "", 2)] },
    health: "Progressing",
    says: "Waiting for Fascia's operator",
  },
  {
    title: "that is ready is healthy",
    status: {
      observedGeneration: 3,
      conditions: [condition("Programmed", "True"), condition("Ready", "True", "all well")],
    },
    health: "Healthy",
    says: "all well",
  },
  {
    title: "that is ready and still changing is waited for",
    status: {
      observedGeneration: 3,
      conditions: [condition("Ready", "True"), condition("Reconciling", "True", "rolling out")],
    },
    health: "Progressing",
    says: "rolling out",
  },
  {
    title: "that is not ready yet, and changing, is waited for",
    status: {
      observedGeneration: 3,
      conditions: [condition("Ready", "False"), condition("Reconciling", "True", "rolling out")],
    },
    health: "Progressing",
    says: "rolling out",
  },
  {
    title: "that is not ready is degraded",
    status: { observedGeneration: 3, conditions: [condition("Ready", "False", "no such Adapter billing")] },
    health: "Degraded",
    says: "no such Adapter billing",
  },
  {
    title: "without a message is told of by its reason",
    status: { observedGeneration: 3, conditions: [condition("Ready", "False")] },
    health: "Degraded",
    says: "ReadyReason",
  },
  {
    title: "that stalls is degraded, whatever else is said",
    status: {
      observedGeneration: 3,
      conditions: [
        condition("Reconciling", "True"),
        condition("Ready", "True"),
        condition("Stalled", "True", "immutable"),
      ],
    },
    health: "Degraded",
    says: "immutable",
  },
  {
    title: "that stalled once is judged by what is so now",
    status: {
      observedGeneration: 3,
      conditions: [condition("Stalled", "False"), condition("Ready", "True", "all well")],
    },
    health: "Healthy",
    says: "all well",
  },
  {
    title: "of which nobody knows whether it is ready is waited for",
    status: { observedGeneration: 3, conditions: [condition("Ready", "Unknown", "asking the hub")] },
    health: "Progressing",
    says: "asking the hub",
  },
  {
    title: "that is being deleted is waited for",
    metadata: { deletionTimestamp: "2027-01-01T00:00:00Z" },
    status: { observedGeneration: 3, conditions: [condition("Ready", "True")] },
    health: "Progressing",
    says: "Being deleted",
  },
];

describe("To Argo CD, a resource", () => {
  test.each(CASES)("$title", async ({ metadata = {}, status, health, says }) => {
    const resource = { metadata: { name: "x", generation: 3, ...metadata }, ...(status && { status }) };
    expect(await runHealthCheck(script, resource)).toEqual({ status: health, message: says });
  });

  test("of every kind has this health check", async () => {
    const text = await readFile(new URL("kustomization.yaml", folder), "utf8");
    const { configMapGenerator } = parse(text) as { configMapGenerator: { files: string[] }[] };
    const wanted = KINDS.map(({ kind }) => `resource.customizations.health.fascia.dev_${kind}=health.lua`);
    expect(configMapGenerator[0]?.files.toSorted()).toEqual(wanted.toSorted());
  });
});
