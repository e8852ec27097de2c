import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type TestNats, startNats } from "../../../test/builders/nats.ts";
import { type NatsAccounts, createAccounts } from "../../../test/builders/natsaccounts.ts";
import { connectionName } from "../../compile/names.ts";
import { closeHub, connectHub } from "../../jetstream/hub.ts";
import { issue } from "./issue.ts";

/** The line by which the chart's server, and the server of whoever follows the manual, take user JWTs. */
const LINE = /^\s*(max_control_line: \w+)$/m;

let accounts: NatsAccounts;
let nats: TestNats;

beforeAll(async () => {
  accounts = createAccounts("OwnAccount");
  const chart = await readFile("charts/fascia/templates/nats.yaml", "utf8");
  nats = await startNats({ more: `${accounts.config}\n${LINE.exec(chart)?.[1] ?? ""}` });
});
afterAll(() => nats.stop());

it("is one and the same in the chart and in the manual", async () => {
  const [chart, manual] = await Promise.all(
    ["charts/fascia/templates/nats.yaml", "docs/install-kubernetes.md"].map((file) => readFile(file, "utf8")),
  );
  expect(LINE.exec(manual as string)?.[1]).toBe(LINE.exec(chart as string)?.[1] ?? "in the chart");
});

it.each<[string, number, number]>([
  ["names of 20 characters, five domains", 20, 5],
  ["the longest names, 500 domains", 63, 500],
])("lets an adapter connect: %s", async (_what, length, domains) => {
  const holder = { namespace: "n".repeat(length), name: "a".repeat(length), workers: 1, series: "" };
  const named = { ...holder, domains: Array.from({ length: domains }, (_, i) => `clinical-domain-${i}`) };
  const { adapters: signer, apiPrefix } = accounts;
  const { data } = issue({ kind: "Token", signer, apiPrefix }, named, Date.now());
  const address = { url: nats.url, creds: data["nats.creds"] ?? "", apiPrefix };
  const hub = await connectHub(address, connectionName(holder));
  expect(hub.nc.info?.headers).toBe(true);
  await closeHub(hub);
});
