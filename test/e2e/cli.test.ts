import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { book, clinicManifest } from "../builders/clinic.ts";
import { admission } from "../builders/admission.ts";
import { EhrConnection } from "../builders/ehr.ts";
import { eventually } from "../builders/eventually.ts";
import { type Hospital, createHospital } from "../builders/hospital.ts";
import { freePort } from "../builders/ports.ts";
import { type FasciaProcess, jsonLines, spawnFascia } from "../builders/process.ts";

/** The command line as a person uses it, on a hospital that runs. */

describe("with a hospital whose audit mapping fails and whose EHR adapter does not know updates", () => {
  let hospital: Hospital;
  let running: FasciaProcess;
  let ehr: EhrConnection;
  const [first, update] = ["C1", "C2"].map((controlId, i) => {
    const event = i === 0 ? ("A01" as const) : ("A08" as const);
    return admission({ controlId, event, patient: "P1", visit: "V1", name: "Blumentopf^Invented" });
  }) as [Buffer, Buffer];
  const GOOD_MAPPING = `{ "event": $message.event }`;

  beforeAll(async () => {
    hospital = await createHospital((file, text) => {
      if (file === "audit.yaml") return text.replace(/jsonata: \|[^]*/, `jsonata: $error("not today")\n`);
      return file === "ehr.yaml" ? text.replace("A08, ", "") : text;
    });
    running = await hospital.run();
    ehr = new EhrConnection(hospital.ehrPort);
    for (const message of [first, update]) await ehr.deliver(message, AbortSignal.timeout(30_000));
    // Each target, and billing a second time with the answer of the eligibility service.
    await eventually(async () => {
      const stages = (await quarantined()).map((q) => q["stage"]).sort();
      const done = hospital.billing.received.length === 2 && hospital.app.resources.size > 2;
      if (stages.join() !== "deliver,normalise" || !done) throw new Error("not all is delivered or put aside");
    });
  });
  afterAll(async () => {
    ehr?.close();
    await hospital?.stop();
  });

  const command = async (...args: string[]) => spawnFascia([...args, "--data", hospital.data]).ended;
  const quarantined = async () => jsonLines(await hospital.command("quarantine", "list", "--json"));
  const entryAt = async (stage: string) => {
    const entry = (await quarantined()).find((q) => q["stage"] === stage);
    if (!entry) throw new Error(`nothing of ${stage} is in quarantine`);
    return entry as Record<"id" | "messageId" | "reason", string>;
  };
  /** Edits, and waits until that is in effect, or refused. */
  const edit = async (file: string, change: (text: string) => string, said = "manifests are in effect") => {
    const times = () => running.output().stderr.split(`"msg":"${said}"`).length;
    const before = times();
    await hospital.edit(file, change);
    await eventually(() => expect(times()).toBeGreaterThan(before));
  };

  test("trace lists messages, newest first, with what became of them", async () => {
    const list = await hospital.command("trace");
    const lines = list.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^ID +RECEIVED +SOURCE +EVENT +OUTCOMES/);
    expect(lines).toHaveLength(3);
    expect(lines[1]).toContain("1 Quarantined");
    expect(lines[2]).toMatch(/default\/ehr +A01 .*Delivered/);
    const [, older] = jsonLines(await hospital.command("trace", "--json"));
    expect(older).toMatchObject({
      source: "default/ehr",
      event: "A01",
      outcomes: { "normalise → default/ehr": "Published" },
    });
    expect((await hospital.command("trace", "--last", "1")).trimEnd().split("\n")).toHaveLength(2);
  });

  test("trace of one id prints its hops in order, and the reply that it caused", async () => {
    const { messageId } = await entryAt("deliver");
    const journey = await hospital.command("trace", messageId);
    expect(journey).toContain(`message ${messageId}, from default/ehr, received 20`);
    expect(journey.indexOf("Normalised")).toBeLessThan(journey.indexOf("Delivery"));
    for (const where of [
      "admissions → default/billing",
      "admissions → default/patient-app",
      "eligibility-results → default/billing",
    ])
      expect(journey).toContain(where);
    expect(journey).toMatch(/admissions → default\/audit +Quarantined/);
    const records = jsonLines(await hospital.command("trace", messageId, "--json"));
    expect(records.map((r) => r["at"])).toEqual(records.map((r) => r["at"]).sort());
    expect(new Set(records.map((r) => r["correlationId"]))).toEqual(new Set([messageId]));
    // Of the original, of the message on the hub, of the reply.
    expect(records.map((r) => r["payloadHash"])).not.toContain(undefined);
    expect(new Set(records.map((r) => r["payloadHash"])).size).toBe(3);
  });

  test("trace finds a message by its file, as the adapter received it", async () => {
    const file = join(hospital.manifests, "first.hl7");
    await writeFile(file, first);
    const { messageId } = await entryAt("deliver");
    expect(await hospital.command("trace", "--file", file)).toContain(`message ${messageId}`);
    const elsewhere = await command("trace", "--file", file, "--adapter", "default/other");
    expect(elsewhere).toMatchObject({ code: 1, stdout: "" });
  });

  test("trace of an unknown id says how to find one", async () => {
    const { code, stdout, stderr } = await command("trace", "nobody-knows");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toBe(
      `fascia: no hop of nobody-knows in the last 72 hours; \`fascia trace --data ${hospital.data}\` without an id lists what there is\n`,
    );
  });

  test("a file that is not there is said to be so", async () => {
    const { code, stderr } = await command("trace", "--file", "nowhere.hl7");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^fascia: cannot read nowhere\.hl7: .*ENOENT.*\n$/);
  });

  test("quarantine list says what, where and why", async () => {
    const list = await hospital.command("quarantine", "list");
    expect(list).toMatch(/normalise +default\/ehr +Permanent +no entry of spec\.emits takes the event A08/);
    expect(list).toMatch(/deliver +admissions → default\/audit +Permanent +.*\$error was called/);
  });

  test("quarantine show tells about the entry, and prints the payload only when asked to", async () => {
    for (const stage of ["normalise", "deliver"]) {
      const { id, messageId, reason } = await entryAt(stage);
      const shown = await hospital.command("quarantine", "show", id);
      expect(shown).toContain(reason);
      expect(shown).not.toContain("Blumentopf");
      if (stage === "deliver") expect(await hospital.command("quarantine", "show", messageId)).toBe(shown);
      expect(await hospital.command("quarantine", "show", id, "--payload")).toContain("Blumentopf");
    }
    const unknown = await command("quarantine", "show", "default/999");
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      `fascia: default/999 is not in quarantine; \`fascia quarantine list --data ${hospital.data}\` shows what is\n`,
    ]);
  });

  test("replay of what was delivered is refused", async () => {
    expect(await ehr.send(admission({ controlId: "C3", event: "A03", patient: "P3", visit: "V3" }))).toBe("AA");
    const delivered = jsonLines(await hospital.command("trace", (await entryAt("deliver")).messageId, "--json"));
    const reply = delivered.find((r) => r["contract"] === "eligibility-result");
    const { code, stderr } = await command("replay", String(reply?.["messageId"]));
    expect(code).toBe(1);
    expect(stderr).toContain("what was delivered is not sent again");
  });

  test("an edit that is invalid is refused by file, line and path while the state before goes on", async () => {
    await edit("audit.yaml", (text) => text.replace("clearance: Public", "clearance: Sometimes"), "manifests refused");
    const refused = jsonLines(running.output().stderr).find((line) => line["msg"] === "edit refused");
    expect(refused).toMatchObject({ path: "spec.clearance" });
    expect(String(refused?.["file"])).toMatch(/audit\.yaml$/);
    const lines = (await readFile(join(hospital.manifests, "audit.yaml"), "utf8")).split("\n");
    expect(lines[Number(refused?.["line"]) - 1]).toContain("Sometimes");
    const before = hospital.billing.received.length;
    expect(await ehr.send(admission({ controlId: "C4", event: "A03", patient: "P4", visit: "V4" }))).toBe("AA");
    await eventually(() => expect(hospital.billing.received.length).toBeGreaterThan(before));
    await edit("audit.yaml", (text) => text.replace("clearance: Sometimes", "clearance: Public"));
  });

  test("an edit that a rule denies is refused by rule, file, line and path while the state before goes on", async () => {
    const file = join(hospital.manifests, "second.yaml");
    const lines = [
      "apiVersion: fascia.dev/v1alpha1",
      "kind: Adapter",
      "metadata: { name: second }",
      "spec:",
      "  system: second",
      "  owner: registration",
      `  mllp: { source: { port: ${hospital.ehrPort} } }`,
      "  emits: [{ contract: none-yet, version: 1.0.0 }]",
    ];
    const refusal = () =>
      jsonLines(running.output().stderr).find(
        ({ msg, code }) => msg === "edit refused" && code === "listen/port-taken",
      );
    await writeFile(file, lines.join("\n"));
    await eventually(() => expect(refusal()).toMatchObject({ line: 7 }));
    expect(refusal()).toMatchObject({ file, path: "spec.mllp.source.port" });
    expect(String(refusal()?.["reason"])).toContain("is taken by Adapter default/ehr: choose another port");
    expect(await ehr.send(admission({ controlId: "C5", event: "A03", patient: "P5", visit: "V5" }))).toBe("AA");
    const times = () => running.output().stderr.split(`"msg":"manifests are in effect"`).length;
    const before = times();
    await rm(file);
    await eventually(() => expect(times()).toBeGreaterThan(before));
  });

  test("replay after the mapping is mended sends once, however often it is asked", async () => {
    const { id } = await entryAt("deliver");
    await edit("audit.yaml", (text) => text.replace(/jsonata: .*/, `jsonata: '${GOOD_MAPPING}'`));
    const [one, other] = await Promise.all([command("replay", id), command("replay", id)]);
    expect([one.code, other.code]).toContain(0);
    expect([one, other].find((r) => r.code === 0)?.stdout).toContain("sent again (admissions → default/audit)");
    await eventually(async () => expect(await hospital.audit()).toEqual([{ event: "A01" }]));
    const again = await command("replay", id);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain(`not in quarantine: ${id}`);
    // What comes after under the same key is delivered after: had it been sent twice, it would stand before this one.
    expect(await ehr.send(admission({ controlId: "C5", event: "A03", patient: "P1", visit: "V1" }))).toBe("AA");
    await eventually(async () => expect(await hospital.audit()).toEqual([{ event: "A01" }, { event: "A03" }]));
  });

  test("replay of an original goes through the adapter's mapping as it is now", async () => {
    const { id, messageId } = await entryAt("normalise");
    await edit("ehr.yaml", (text) => text.replace("A04, ", "A04, A08, "));
    const { stdout } = await command("replay", id);
    expect(stdout).toContain("sent again (normalising at default/ehr)");
    await eventually(async () => expect((await hospital.audit()).at(-1)).toEqual({ event: "A08" }));
    const journey = await hospital.command("trace", messageId);
    expect(journey).toContain("Replayed");
    expect(journey).toMatch(/admissions → default\/audit +Delivered/);
  });

  test("an adapter that is added runs, and one that is removed stops, beside the others", async () => {
    const port = await freePort();
    const clinic = join(hospital.manifests, "clinic.yaml");
    await writeFile(clinic, await clinicManifest(hospital, port));
    await eventually(async () => expect(await book(port)).toBe(202));
    await eventually(() => expect([...hospital.app.resources.keys()]).toContain("Appointment/A-1"));
    await rm(clinic);
    await eventually(() => expect(book(port)).rejects.toThrow("fetch failed"));
    expect(await ehr.send(admission({ controlId: "C6", event: "A03", patient: "P6", visit: "V6" }))).toBe("AA");
  });

  test("a second run on the same data directory is refused, and the first goes on", async () => {
    const { code, stderr } = await spawnFascia([
      "run",
      hospital.manifests,
      "--data",
      hospital.data,
      "--telemetry",
      "off",
    ]).ended;
    expect(code).toBe(1);
    expect(stderr.trim().split("\n").at(-1)).toMatch(
      /^fascia: data directory \S+ is in use by another `fascia run`: stop that one, or name another directory with --data$/,
    );
    expect(await ehr.send(admission({ controlId: "C7", event: "A03", patient: "P7", visit: "V7" }))).toBe("AA");
  });
});
