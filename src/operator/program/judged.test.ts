import { describe, expect, test } from "vitest";
import { aSource } from "../../../test/builders/resources.ts";
import type { ServedObject } from "../report/write.ts";
import { inEffectByStatus, judgedOf } from "./judged.ts";

const ehr = aSource("ehr");
const served = (conditions: object[], generation = 3) =>
  ({ kind: "Adapter", metadata: { ...ehr.metadata, uid: "u", generation }, status: { conditions } }) as ServedObject;
const condition = (type: string, status: string, reason: string, observedGeneration = 3) => ({
  type,
  status,
  reason,
  observedGeneration,
});

test("a denial is told with field, way out and rule, of the resource as it was judged", () => {
  const verdicts = [
    { rule: "listen/port-taken" as const, severity: "Deny" as const, path: "spec.mllp.source.port", message: "taken" },
    { rule: "spec/unusable" as const, severity: "Deny" as const, path: "", message: "no" },
  ];
  expect(judgedOf([served([])], [{ resource: ehr, verdicts, goesOn: true }])).toEqual(
    new Map([
      [
        "Adapter clinic/ehr",
        {
          uid: "u",
          generation: 3,
          denied: { reasons: ["spec.mllp.source.port: taken (listen/port-taken)", "no (spec/unusable)"], goesOn: true },
        },
      ],
    ]),
  );
});

describe("By its status a resource", () => {
  test.each<[title: string, conditions: object[], expected: boolean]>([
    ["is in effect where it is programmed", [condition("Programmed", "True", "Programmed")], true],
    [
      "is in effect though it is denied by now",
      [condition("Ready", "False", "PolicyDenied"), condition("Programmed", "True", "Programmed")],
      true,
    ],
    ["is in effect while the hub is away", [condition("Programmed", "Unknown", "HubUnavailable")], true],
    ["is in effect by Ready where nothing says Programmed", [condition("Ready", "True", "Valid")], true],
    ["is not where it never was", [condition("Programmed", "False", "PolicyDenied")], false],
    ["is not where it can't be", [condition("Programmed", "False", "Invalid")], false],
    ["is not before it was judged", [condition("Programmed", "Unknown", "Pending")], false],
    ["is not where its spec was another one", [condition("Programmed", "True", "Programmed", 2)], false],
    ["is not where nothing is said", [], false],
  ])("%s", (_title, conditions, expected) => {
    expect(inEffectByStatus([served(conditions)])(ehr)).toBe(expected);
  });

  test("that nobody has served is not in effect", () => expect(inEffectByStatus([])(ehr)).toBe(false));
});
