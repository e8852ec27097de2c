import { describe, expect, it } from "vitest";
import { type Verdict, conditionsOf, no, unknown, withProgress, yes } from "./conditions.ts";
import { happeningOf } from "./happenings.ts";

const now = "2027-01-01T00:00:00Z";
const saying = (ready: Verdict | undefined) => (ready ? conditionsOf(withProgress(ready), 1, [], now) : []);
const told = (before: Verdict | undefined, after: Verdict): string | undefined => {
  const happening = happeningOf(saying(before), saying(after));
  return happening && `${happening.type} ${happening.reason}: ${happening.note}`;
};

const running = yes("Running", "its pod is ready");
const pending = unknown("Pending", "the hub is not programmed yet");
const rolling = unknown("RollingOut", "0 of 1 pods are of the present spec");
const starting = no("PodsNotReady", "0 of 1 pods are ready");
const stuck = no("PodsStuck", "0 of 1 pods are ready");
const secret = no("SecretMissing", "Secret lab-tls is not there");
const refused = no("ObjectsRefused", "exceeded quota");
const away = no("HubUnavailable", "NATS does not answer");

describe("An event is written when a resource", () => {
  it.each([
    ["becomes ready", rolling, running, "Normal Running: its pod is ready"],
    ["has its pods at once", pending, running, "Normal Running: its pod is ready"],
    ["is ready again", secret, running, "Normal Running: its pod is ready"],
    ["has lost its pods", running, starting, "Warning PodsNotReady: 0 of 1 pods are ready"],
    ["gets no further", starting, stuck, "Warning PodsStuck: 0 of 1 pods are ready"],
    ["waits for something from the beginning", undefined, secret, "Warning SecretMissing: Secret lab-tls is not there"],
    ["needs a person for another reason", secret, refused, "Warning ObjectsRefused: exceeded quota"],
    ["is deleted and still used", running, no("InUse", "deleted once"), "Normal InUse: deleted once"],
  ])("%s", (_title, before, after, event) => expect(told(before, after)).toBe(event));
});

describe("No event is written when", () => {
  it.each([
    ["nothing changed but the words", starting, no("PodsNotReady", "0 of 1 pods are ready: pod a finds no node")],
    ["the operator has just begun", undefined, pending],
    ["pods start for the first time", rolling, starting],
    ["pods are replaced", running, rolling],
    ["there was nothing to wait for", pending, yes("Subscribed", "its target is subscribed")],
    ["it was right when it was first looked at", undefined, running],
    ["NATS went, which every resource says", running, away],
    ["NATS came back", away, running],
  ])("%s", (_title, before, after) => expect(told(before, after)).toBeUndefined());
});
