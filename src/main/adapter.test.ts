import { Command } from "commander";
import { expect, it } from "vitest";
import { listens, servedAdapter, settings } from "../../test/builders/workloads.ts";
import { podTemplate } from "../operator/workload/pod.ts";
import { register } from "./adapter.ts";

it("`fascia adapter` has every option that the operator gives it in a pod", async () => {
  const program = new Command();
  register(program);
  const command = program.commands[0];
  const nats = { url: "nats://hub:4222", credentials: true };
  const { spec } = podTemplate(servedAdapter(listens), { ...settings, nats }) as {
    spec: { containers: { args: string[] }[] };
  };
  const [name, ...args] = spec.containers[0]?.args ?? [];
  expect(name).toBe(command?.name());
  expect(command?.parseOptions(args)).toEqual({ operands: ["ehr"], unknown: [] });
  expect(command?.opts()).toMatchObject({ keys: "/etc/fascia/keys/keys.json", drainTimeout: 60, telemetry: "*:9464" });
});
