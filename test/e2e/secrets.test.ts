import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { book, clinicManifest } from "../builders/clinic.ts";
import { eventually } from "../builders/eventually.ts";
import { type Hospital, createHospital } from "../builders/hospital.ts";
import { freePort } from "../builders/ports.ts";
import { jsonLines } from "../builders/process.ts";

const WITHIN_MS = 15_000;

let hospital: Hospital;
let port: number;
let readyz: string;
let telemetry: string;

beforeEach(async () => {
  hospital = await createHospital();
  port = await freePort();
  telemetry = `127.0.0.1:${await freePort()}`;
  readyz = `http://${telemetry}/readyz`;
});
afterEach(() => hospital.stop());

async function ready(): Promise<[number, string]> {
  const response = await fetch(readyz);
  return [response.status, await response.text()];
}

/** The webhook's manifests, and its Secret apart from them. */
async function clinic(): Promise<{ manifests: string; secret: string }> {
  const documents = (await clinicManifest(hospital, port)).split("---\n");
  const isSecret = (text: string) => text.includes("kind: Secret");
  return {
    manifests: documents.filter((text) => !isSecret(text)).join("---\n"),
    secret: documents.filter(isSecret).join("---\n"),
  };
}

test("a Secret that is not there yet is warned of with its place, keeps readyz down, and may come later", async () => {
  const { manifests, secret } = await clinic();
  const file = join(hospital.manifests, "clinic.yaml");
  await writeFile(file, manifests);
  const running = await hospital.run("--telemetry", telemetry);
  const warnings = jsonLines(running.output().stderr).filter(({ msg }) => msg === "reference does not resolve");
  expect(warnings).toEqual([
    expect.objectContaining({
      level: "warn",
      file,
      line: (await readFile(file, "utf8")).split("\n").findIndex((line) => line.includes("bearerTokenRef")) + 1,
      path: "spec.http.source.bearerTokenRef",
      reason:
        "Secret booking-token does not exist in namespace default: add it to the manifests, with token; until then Adapter booking is not ready",
    }),
  ]);
  const why =
    "Secrets of adapter default/booking: spec.http.source.bearerTokenRef: Secret booking-token has no token, or does not exist\n";
  await eventually(async () => expect(await ready()).toEqual([503, why]), WITHIN_MS);
  expect(await book(port)).toBe(503);
  const secretFile = join(hospital.manifests, "clinic-secret.yaml");
  await writeFile(secretFile, secret);
  await eventually(async () => expect(await ready()).toEqual([200, "ok\n"]), WITHIN_MS);
  expect(await book(port)).toBe(202);
  await writeFile(secretFile, secret.replace("  token:", "  taken:"));
  await eventually(async () => expect(await ready()).toEqual([503, why]), WITHIN_MS);
}, 60_000);

test("an adapter that can't start without its Secret tells so at readyz until it is there", async () => {
  const { manifests, secret } = await clinic();
  const tls = manifests.replace(`port: ${port}\n`, `port: ${port}\n      tls: { secretName: booking-tls }\n`);
  await writeFile(join(hospital.manifests, "clinic.yaml"), `${tls}---\n${secret}`);
  await hospital.run("--telemetry", telemetry);
  const why =
    "start of adapter default/booking: key tls.crt of Secret booking-tls in namespace default does not exist: add it to your manifests\n";
  await eventually(async () => expect(await ready()).toEqual([503, why]), WITHIN_MS);
  await writeFile(join(hospital.manifests, "clinic.yaml"), `${manifests}---\n${secret}`);
  await eventually(async () => expect(await ready()).toEqual([200, "ok\n"]), WITHIN_MS);
}, 60_000);
