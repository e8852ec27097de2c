import { expect, test } from "vitest";
import { servedAdapter } from "../../../test/builders/workloads.ts";
import { missingSecrets } from "./secrets.ts";

const target = { url: "https://lab.hospital.example/in", tls: { secretName: "lab-tls" } };
const visit = { contract: "visit", version: "1.0.0" };
const specOf = (more: object = {}) => servedAdapter({ http: { target }, accepts: [visit], ...more }).spec;
const path = "spec.http.target.tls.secretName";
const said = (lacking: Record<string, string[]>, more: object = {}) =>
  missingSecrets(specOf(more), lacking).map(({ text, path: at }) => `${text} (${at})`);

test("what an adapter says that it lacks is named with the field that wants it", () => {
  expect(said({ [path]: [] })).toEqual([
    `Secret lab-tls is not there, or has no ca.crt, or tls.crt and tls.key (${path})`,
  ]);
  expect(said({ [path]: ["tls.crt"] })).toEqual([`Secret lab-tls has no tls.key (${path})`]);
});

test("nothing is missing that the adapter has, that its spec wants no more, or that nobody looks for", () => {
  expect(said({})).toEqual([]);
  expect(said({ [path]: ["ca.crt"] })).toEqual([]);
  expect(said({ "spec.mllp.target.tls.secretName": [] })).toEqual([]);
  expect(said({ [path]: [] }, { replicas: 0 })).toEqual([]);
});
