import { expect, test } from "vitest";
import { SAMPLES, sample } from "../builders/adt.ts";
import { safeReason } from "../../src/base/errors.ts";
import { compile } from "../../src/compile/compile.ts";
import type { AdapterConfig } from "../../src/compile/config.ts";
import { readHeader } from "../../src/formats/hl7v2/header.ts";
import { loadManifests } from "../../src/standalone/manifests.ts";
import { Plan } from "../../src/runtime/deliver/plan.ts";
import type { Deps } from "../../src/runtime/deps.ts";
import { eventToken } from "../../src/runtime/eventtoken.ts";
import { type Normalised, Transform } from "../../src/runtime/normalise/transform.ts";

/** Whatever stands in whichever field: what is said of a message says nothing of it. */

const CANARY = "ZQXcanary7";
const KEY = { id: "k1", secret: Buffer.from("a key that only tests have") };
const { resources } = await loadManifests("config/samples/hospital");
const { configs } = compile(resources);
const deps = { keys: { hash: KEY, resourceId: KEY.secret, token: KEY } } as unknown as Deps;
const transform = new Transform(configOf("ehr"), KEY.secret);
const plans = configs.filter((c) => c.routes.length > 0).map((c) => new Plan(c, deps));

function configOf(name: string): AdapterConfig {
  const found = configs.find((c) => c.name === name);
  if (!found) throw new Error(`no adapter ${name}`);
  return found;
}

/** Every way of putting a canary into one value of the message; delimiters and names of segments stay. */
function* withCanary(message: string): Generator<{ where: string; message: string }> {
  const afterDelimiters = message.indexOf("|", 4);
  for (const found of message.matchAll(/[^|~^&\r]+/g)) {
    const { index } = found;
    if (index <= afterDelimiters || message[index - 1] === "\r") continue;
    const line = message.slice(message.lastIndexOf("\r", index) + 1, index);
    const where = `${line.slice(0, 3)} after ${line.split("|").length - 1} fields`;
    yield { where, message: message.slice(0, index) + CANARY + message.slice(index + found[0].length) };
  }
}

/** All that leaves the payload: errors, positions that are not mapped, events. */
async function said(message: string): Promise<{ texts: string[]; refused: boolean }> {
  const body = Buffer.from(message, "utf8");
  try {
    const event = eventToken(readHeader(body).triggerEvent, "hl7v2");
    const original = { body, dialect: "hl7v2" as const, event, receivedAt: 1_772_000_000_000, messageId: "k1.m" };
    const drift: string[] = [];
    const results = await transform.apply(original, (_emit, { position }) => drift.push(position));
    const targets = await Promise.all(results.map((result) => saidByTargets(result)));
    return { texts: [event, ...drift, ...results.map((r) => r.event), ...targets.flat()], refused: false };
  } catch (error) {
    return { texts: [safeReason(error)], refused: true };
  }
}

async function saidByTargets({ emit, event, payload }: Normalised): Promise<string[]> {
  const { contract, version } = emit;
  const common = {
    contract,
    version,
    event,
    keys: [],
    receivedAt: 1_772_000_000_000,
    payloadHash: "",
    revision: "r",
    traceparent: "",
  };
  const meta = { messageId: "k1.m", correlationId: "k1.m", source: "default/ehr", ...common };
  const errors: string[] = [];
  for (const route of plans.flatMap((plan) => plan.routesFor(meta, ""))) {
    await route.render(meta, payload).catch((error: unknown) => errors.push(safeReason(error)));
  }
  return errors;
}

test.each(SAMPLES)("of %s, with each of its values replaced in turn", async (name) => {
  const text = sample(name).toString("utf8").replaceAll(/\r?\n/g, "\r");
  let count = 0;
  let refused = 0;
  for (const { where, message } of withCanary(text)) {
    const outcome = await said(message);
    expect(outcome.texts.join("\n"), where).not.toContain(CANARY);
    count++;
    if (outcome.refused) refused++;
  }
  expect(count).toBeGreaterThan(60);
  // Some are refused, e.g. times: errors were looked at, too.
  expect(refused).toBeGreaterThan(0);
});
