import { describe, expect, it } from "vitest";
import { sends, servedAdapter, settings, visit } from "../../../test/builders/workloads.ts";
import type { ServedAdapter } from "./object.ts";
import { workloadOf } from "./workload.ts";

const own = { ...settings, reserved: { namespace: "fascia-system", names: ["fascia-lab", "fascia-nats-keys", "tls"] } };
const problems = (adapter: ServedAdapter) => workloadOf(adapter, own).problems;

const url = "https://collector.example/";
const withToken = (name: string) => ({
  http: { target: { url, bearerTokenRef: { name, key: "k" } } },
  accepts: [visit],
});
const withTls = (secretName: string) => ({ mllp: { source: { port: 2575, tls: { secretName } } }, emits: [visit] });

describe("an Adapter in any namespace", () => {
  it.each(["fascia-billing-nats", "fascia-billing-keys", "fascia-ehr-keys"])(
    "can't have %s sent anywhere",
    (secret) => {
      expect(problems(servedAdapter(withToken(secret)))).toEqual([
        `spec.http.target.bearerTokenRef: Secret ${secret} is Fascia's own: make one for the system`,
      ]);
      expect(problems(servedAdapter(withTls(secret)))).toHaveLength(1);
    },
  );

  it.each(["billing-nats", "fascia-billing-token", "tls"])("may use %s, which is the system's", (secret) => {
    expect(problems(servedAdapter(withToken(secret)))).toEqual([]);
  });

  it("may be called as something in the operator's namespace is", () => {
    expect(problems(servedAdapter(sends, "lab"))).toEqual([]);
  });
});

describe("an Adapter in the operator's namespace", () => {
  it("can't use the operator's Secrets", () => {
    expect(problems(servedAdapter(withToken("tls"), "ehr", "fascia-system"))).toHaveLength(1);
  });

  it.each([
    ["lab", "fascia-lab"],
    ["nats", "fascia-nats-keys"],
  ])("can't be called %s where %s is the operator's", (name, taken) => {
    expect(problems(servedAdapter(sends, name, "fascia-system"))).toEqual([
      `metadata.name: ${taken} is the operator's own: take another name, or another namespace than the operator's`,
    ]);
  });

  it("may have any other name", () => {
    expect(problems(servedAdapter(sends, "ehr", "fascia-system"))).toEqual([]);
  });
});
