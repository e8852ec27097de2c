import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile/compile.ts";
import { compileContract } from "../../src/mapping/contract.ts";
import { adapterOf, contractOf, evaluate, loadSample } from "./sample.ts";

const resources = await loadSample("clinic");
const emits = adapterOf(resources, "booking").spec.emits?.[0];
const posted = { id: "A-1001", status: "booked", start: "2027-03-01T09:00:00+01:00", patient: "P-77" };

describe("The clinic sample", () => {
  test("resolves every reference", () => {
    expect(compile(resources).problems).toEqual([]);
  });

  test("turns what is posted into an Appointment", async () => {
    const payload = await evaluate(emits?.mapping?.jsonata, posted);
    expect(() => compileContract(contractOf(resources, "appointment")).validate(payload)).not.toThrow();
    expect(payload).toMatchObject({
      resourceType: "Bundle",
      entry: [{ resource: { resourceType: "Appointment", id: "A-1001", status: "booked", start: posted.start } }],
    });
  });

  test("takes the status as event and keeps the order of each appointment", async () => {
    expect(await evaluate(emits?.event, posted)).toBe("booked");
    const payload = await evaluate(emits?.mapping?.jsonata, posted);
    expect(await evaluate(emits?.key, payload)).toBe("A-1001");
  });
});
