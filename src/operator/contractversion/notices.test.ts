import { describe, expect, test } from "vitest";
import { aContractVersion } from "../../../test/builders/resources.ts";
import type { Phase } from "../../api/contractversion-status.ts";
import { createOperatorMetrics } from "../../telemetry/operatormetrics.ts";
import { lifeOf, windowsOf } from "./life.ts";
import { noticeDue, usesDeprecated } from "./notices.ts";

const DAY_MS = 86_400_000;
const SUNSET = "2027-07-01T00:00:00Z";
const LIFE = { publishedOn: "2026-01-01T00:00:00Z", deprecatedOn: "2027-01-01T00:00:00Z", sunsetOn: SUNSET };
const version = (lifecycle: object = LIFE) => aContractVersion({ lifecycle, replacedBy: "2.0.0" });
const daysBefore = (days: number): number => Date.parse(SUNSET) - days * DAY_MS;

describe("Users of a version", () => {
  /** Days before the sunset at which something is said, where somebody looks every `stepMs`. */
  function noticed(stepMs: number, lifecycle: object = LIFE): number[] {
    const told: number[] = [];
    let before: object = {};
    for (let now = daysBefore(200); now <= daysBefore(-40); now += stepMs) {
      if (noticeDue(version(lifecycle), before, now)) told.push((Date.parse(SUNSET) - now) / DAY_MS);
      before = lifeOf(version(lifecycle), [], [], now);
    }
    return told;
  }

  test("are told once when it is deprecated and once with 90, 30, 7, 1 and no days left, however often one looks", () => {
    expect(noticed(DAY_MS / 2)).toEqual([181, 90, 30, 7, 1, 0]);
    expect(noticed(DAY_MS / 16)).toEqual([181, 90, 30, 7, 1, 0]);
  });

  test("are told what is true when nobody has looked for long", () => {
    expect(noticed(50 * DAY_MS)).toEqual([150, 50, 0]);
  });

  test("are told again of days that an extension gives back, and not of the extension", () => {
    const before = { phase: "Deprecated" as Phase, daysLeft: 5 };
    expect(noticeDue(version(), before, daysBefore(80))).toBeUndefined();
    expect(noticeDue(version(), { ...before, daysLeft: 80 }, daysBefore(30))).toBeDefined();
  });

  test("of what is Active are told nothing, though its sunset is known", () => {
    expect(noticeDue(version({ ...LIFE, deprecatedOn: SUNSET }), {}, daysBefore(7))).toBeUndefined();
    expect(noticeDue(version({}), {}, daysBefore(7))).toBeUndefined();
  });

  test("are told what is left and what to do", () => {
    expect(noticeDue(version(), { phase: "Deprecated", daysLeft: 8 }, daysBefore(7))).toEqual({
      type: "Warning",
      reason: "ContractDeprecated",
      action: "Announce",
      note: "7 days left: visit-v1.0.0 is deprecated since 2027-01-01T00:00:00Z, until its sunset on 2027-07-01T00:00:00Z: use visit 2.0.0 (owner: care)",
    });
  });
});

describe("The condition", () => {
  test("names each deprecated version that is used, and does not change from day to day", () => {
    const used = [
      { version: version(), path: "spec.emits[0]" },
      { version: aContractVersion({ version: "2.0.0" }), path: "spec.emits[1]" },
    ];
    const said = usesDeprecated(used, daysBefore(20));
    expect(said).toEqual({
      status: "True",
      reason: "ContractDeprecated",
      message:
        "spec.emits[0]: visit-v1.0.0 is deprecated since 2027-01-01T00:00:00Z, until its sunset on 2027-07-01T00:00:00Z: use visit 2.0.0 (owner: care)",
    });
    expect(usesDeprecated(used, daysBefore(3))).toEqual(said);
  });

  test("says from the very end on that messages wait, where the sunset blocks and where it is retired", () => {
    const said = (spec: object, days: number) =>
      usesDeprecated(
        [{ version: aContractVersion({ lifecycle: LIFE, ...spec }), path: "spec.emits[0]" }],
        daysBefore(days),
      )?.message;
    const waits = "and its messages wait, in order, unless a PolicyException from lifecycle/existing-use extends";
    expect(said({ afterSunset: "Block" }, 0)).toContain(waits);
    expect(said({ afterSunset: "Block" }, 0.001)).not.toContain("wait");
    expect(said({}, 0)).not.toContain("wait");
    expect(said({ lifecycle: { ...LIFE, retiredOn: SUNSET } }, 0)).toContain(waits);
  });

  test("is not there where nothing deprecated is used", () => {
    expect(usesDeprecated([{ version: version(), path: "spec.emits[0]" }], daysBefore(200))).toBeUndefined();
    expect(usesDeprecated([], 0)).toBeUndefined();
  });
});

test("The metric is read when it is asked for, and forgets what is gone", async () => {
  const metrics = createOperatorMetrics({ process: false });
  let now = daysBefore(1);
  metrics.contractWindows.ask(() => windowsOf([version()], now));
  const series = async () => (await metrics.text()).split("\n").filter((line) => line.startsWith("fascia_contract_"));
  expect(await series()).toEqual([
    'fascia_contract_window_seconds{contract="visit",version="1.0.0",phase="Deprecated"} 86400',
  ]);
  now = daysBefore(-1);
  expect(await series()).toEqual([
    'fascia_contract_window_seconds{contract="visit",version="1.0.0",phase="Sunset"} -86400',
  ]);
});

test("The metric has the seconds until the sunset of what has one, negative after it", () => {
  const labels = { contract: "visit", version: "1.0.0" };
  const versions = [version(), aContractVersion({ version: "2.0.0" })];
  expect(windowsOf(versions, daysBefore(1))).toEqual([{ labels: { ...labels, phase: "Deprecated" }, value: 86_400 }]);
  expect(windowsOf(versions, daysBefore(-1))).toEqual([{ labels: { ...labels, phase: "Sunset" }, value: -86_400 }]);
});
