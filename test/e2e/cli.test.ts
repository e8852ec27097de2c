import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { closeHub, connectHub } from "../../src/jetstream/hub.ts";
import { streamNames } from "../../src/jetstream/streams.ts";
import { EhrConnection, admission } from "../builders/ehr.ts";
import { eventually } from "../builders/eventually.ts";
import { type Hospital, createHospital } from "../builders/hospital.ts";
import { startNats } from "../builders/nats.ts";
import { freePort } from "../builders/ports.ts";
import { type FasciaProcess, spawnFascia } from "../builders/process.ts";

/** The command line as a person uses it, on a hospital that runs. */

const WITHIN_MS = 15_000;

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
    for (const message of [first, update]) await ehr.deliver(message, AbortSignal.timeout(WITHIN_MS));
    // Each target, and billing a second time with the answer of the eligibility service.
    await eventually(async () => {
      const stages = (await quarantined()).map((q) => q["stage"]).sort();
      const done = hospital.billing.received.length === 2 && hospital.app.resources.size > 2;
      if (stages.join() !== "deliver,normalise" || !done) throw new Error("not all is delivered or put aside");
    }, WITHIN_MS);
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
    await eventually(() => expect(times()).toBeGreaterThan(before), WITHIN_MS);
  };

  test("trace lists messages, newest first, with what became of them", async () => {
    const list = await hospital.command("trace");
    const lines = list.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^ID +RECEIVED +SOURCE +EVENT +OUTCOMES/);
    expect(lines).toHaveLength(3);
    expect(lines[1]).toContain("1 Quarantined");
    expect(lines[2]).toMatch(/default\/ehr +A01 .*Delivered/);
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
      "fascia: no hop of nobody-knows in the last 72 hours; `fascia trace` without an id lists what there is\n",
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
      "fascia: default/999 is not in quarantine; `fascia quarantine list` shows what is\n",
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
    await eventually(() => expect(hospital.billing.received.length).toBeGreaterThan(before), WITHIN_MS);
    await edit("audit.yaml", (text) => text.replace("clearance: Sometimes", "clearance: Public"));
  });

  test("replay after the mapping is mended sends once, however often it is asked", async () => {
    const { id } = await entryAt("deliver");
    await edit("audit.yaml", (text) => text.replace(/jsonata: .*/, `jsonata: '${GOOD_MAPPING}'`));
    const [one, other] = await Promise.all([command("replay", id), command("replay", id)]);
    expect([one.code, other.code]).toContain(0);
    expect([one, other].find((r) => r.code === 0)?.stdout).toContain("sent again (admissions → default/audit)");
    await eventually(async () => expect(await hospital.audit()).toEqual([{ event: "A01" }]), WITHIN_MS);
    const again = await command("replay", id);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain(`not in quarantine: ${id}`);
    // What comes after under the same key is delivered after: had it been sent twice, it would stand before this one.
    expect(await ehr.send(admission({ controlId: "C5", event: "A03", patient: "P1", visit: "V1" }))).toBe("AA");
    await eventually(
      async () => expect(await hospital.audit()).toEqual([{ event: "A01" }, { event: "A03" }]),
      WITHIN_MS,
    );
  });

  test("replay of an original goes through the adapter's mapping as it is now", async () => {
    const { id, messageId } = await entryAt("normalise");
    await edit("ehr.yaml", (text) => text.replace("A04, ", "A04, A08, "));
    const { stdout } = await command("replay", id);
    expect(stdout).toContain("sent again (normalising at default/ehr)");
    await eventually(async () => expect((await hospital.audit()).at(-1)).toEqual({ event: "A08" }), WITHIN_MS);
    const journey = await hospital.command("trace", messageId);
    expect(journey).toContain("Replayed");
    expect(journey).toMatch(/admissions → default\/audit +Delivered/);
  });

  test("an adapter that is added runs, and one that is removed stops, beside the others", async () => {
    const port = await freePort();
    const clinic = join(hospital.manifests, "clinic.yaml");
    await writeFile(clinic, await clinicManifest(hospital, port));
    await eventually(async () => expect(await book(port)).toBe(202), WITHIN_MS);
    await eventually(() => expect([...hospital.app.resources.keys()]).toContain("Appointment/A-1"), WITHIN_MS);
    await rm(clinic);
    await eventually(() => expect(book(port)).rejects.toThrow("fetch failed"), WITHIN_MS);
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

describe("with a hospital of its own", () => {
  let hospital: Hospital;
  afterEach(() => hospital.stop());

  test("manifests that are invalid end `run` with file, line, path and reason", async () => {
    hospital = await createHospital((file, text) =>
      file === "billing.yaml" ? text.replace("Confidential", "Mine") : text,
    );
    const { code, stdout, stderr } = await spawnFascia([
      "run",
      hospital.manifests,
      "--data",
      hospital.data,
      "--telemetry",
      "off",
    ]).ended;
    expect([code, stdout]).toEqual([1, ""]);
    const line =
      (await readFile(join(hospital.manifests, "billing.yaml"), "utf8")).split("\n").indexOf("  clearance: Mine") + 1;
    expect(stderr).toMatch(new RegExp(`^  \\S*billing\\.yaml:${line}: spec\\.clearance: \\S.*$`, "m"));
  });

  test("commands that need a hub say to start one where there is none, and leave nothing behind", async () => {
    hospital = await createHospital();
    const nowhere = join(hospital.manifests, "nowhere");
    for (const args of [["adapter", "ehr"], ["trace"], ["quarantine", "list"], ["replay", "default/1"]]) {
      const { code, stdout, stderr } = await spawnFascia([...args, "--data", nowhere]).ended;
      expect([code, stdout], args[0]).toEqual([1, ""]);
      expect(stderr, args[0]).toMatch(
        /^fascia: \S+bootstrap\.json does not exist: start `fascia run` with --data \S+ first, or name its data directory\n$/,
      );
    }
    await expect(readFile(join(nowhere, "keys.json"))).rejects.toThrow("ENOENT");
  });

  test("an adapter whose port is taken is reported and started once it is free; the others run at once", async () => {
    hospital = await createHospital();
    const port = await freePort();
    await writeFile(join(hospital.manifests, "clinic.yaml"), await clinicManifest(hospital, port));
    const occupant = createServer().listen(hospital.ehrPort, "0.0.0.0");
    await once(occupant, "listening");
    const running = await hospital.run();
    const failed = jsonLines(running.output().stderr).find((line) => line["msg"] === "adapter not started");
    expect(failed).toMatchObject({ adapter: "default/ehr", attempt: 1 });
    expect(failed?.["reason"]).toBe(
      `cannot listen on port ${hospital.ehrPort} (spec.mllp.source.port): another process uses it: stop that one, or choose another port`,
    );
    expect(await book(port)).toBe(202);
    await eventually(() => expect(hospital.app.resources.size).toBe(1), WITHIN_MS);
    await new Promise((resolve) => occupant.close(resolve));
    const ehr = new EhrConnection(hospital.ehrPort);
    await ehr.deliver(
      admission({ controlId: "P1", event: "A03", patient: "P1", visit: "V1" }),
      AbortSignal.timeout(30_000),
    );
    ehr.close();
    await eventually(async () => expect(await hospital.audit()).toHaveLength(1), WITHIN_MS);
  });

  test("replay of a message sends what failed of it, and says of a reply that broke its contract that it can't", async () => {
    hospital = await createHospital((file, text) => {
      if (file === "audit.yaml") return text.replace(/jsonata: \|[^]*/, `jsonata: $error("not today")\n`);
      return text.replace('"eligible": eligible', '"eligible": patient');
    });
    const running = await hospital.run();
    const ehr = new EhrConnection(hospital.ehrPort);
    await ehr.send(admission({ controlId: "R1", event: "A01", patient: "P1", visit: "V1" }));
    ehr.close();
    let entries: Record<string, unknown>[] = [];
    await eventually(async () => {
      entries = jsonLines(await hospital.command("quarantine", "list", "--json"));
      expect(entries.map((q) => q["contract"]).sort()).toEqual(["eligibility-result 1.0.0", "patient-admission 1.0.0"]);
    }, WITHIN_MS);
    await hospital.edit("audit.yaml", (text) => text.replace(/jsonata: .*/, `jsonata: '{ "event": $message.event }'`));
    const inEffect = () => running.output().stderr.split("manifests are in effect").length - 1;
    await eventually(() => expect(inEffect()).toBe(2), WITHIN_MS);
    const id = String(entries.find((q) => q["contract"] === "patient-admission 1.0.0")?.["messageId"]);
    const { code, stdout, stderr } = await spawnFascia(["replay", id, "--data", hospital.data]).ended;
    expect(code).toBe(1);
    expect(stdout).toContain("sent again (admissions → default/audit)");
    expect(stderr).toMatch(
      /^fascia: default\/\d is a reply that violates its contract; the delivery itself succeeded and is not repeated\n$/,
    );
    await eventually(async () => expect(await hospital.audit()).toEqual([{ event: "A01" }]), WITHIN_MS);
  });

  test("a run that waits for a port ends when it is asked to", async () => {
    hospital = await createHospital();
    const occupant = createServer().listen(hospital.ehrPort, "0.0.0.0");
    await once(occupant, "listening");
    const running = await hospital.run();
    await eventually(() => expect(running.output().stderr).toContain('"attempt":2'), WITHIN_MS);
    await running.stop();
    expect((await running.ended).code).toBe(0);
    await new Promise((resolve) => occupant.close(resolve));
  });

  test("an edit to a port that is taken is refused: the source goes on where it was, and moves once mended", async () => {
    hospital = await createHospital();
    const occupant = createServer().listen(0, "0.0.0.0");
    await once(occupant, "listening");
    const { port: taken } = occupant.address() as AddressInfo;
    const running = await hospital.run();
    await hospital.edit("ehr.yaml", (text) => text.replace(`port: ${hospital.ehrPort}`, `port: ${taken}`));
    await eventually(() => {
      const refused = jsonLines(running.output().stderr).find((line) => line["msg"] === "configuration refused");
      expect(refused).toMatchObject({ adapter: "default/ehr" });
      expect(String(refused?.["error"])).toContain(`cannot listen on port ${taken}`);
    }, WITHIN_MS);
    const old = new EhrConnection(hospital.ehrPort);
    expect(await old.send(admission({ controlId: "M1", event: "A03", patient: "P1", visit: "V1" }))).toBe("AA");
    old.close();
    await new Promise((resolve) => occupant.close(resolve));
    const free = await freePort();
    await hospital.edit("ehr.yaml", (text) => text.replace(`port: ${taken}`, `port: ${free}`));
    const moved = new EhrConnection(free);
    await moved.deliver(
      admission({ controlId: "M2", event: "A03", patient: "P1", visit: "V1" }),
      AbortSignal.timeout(WITHIN_MS),
    );
    moved.close();
    await eventually(async () => expect(await hospital.audit()).toHaveLength(2), WITHIN_MS);
    await eventually(() => expect(old.send(Buffer.from("MSH"))).rejects.toThrow("ECONNREFUSED"), WITHIN_MS);
  });

  test("`run` uses a server that is there already, and leaves it running", async () => {
    hospital = await createHospital();
    const nats = await startNats({ sync: "always" });
    try {
      const running = await hospital.run("--nats", nats.url, "--nats-monitoring", nats.monitoring);
      expect(running.output().stderr).not.toContain("hub is not durable");
      const ehr = new EhrConnection(hospital.ehrPort);
      expect(await ehr.send(admission({ controlId: "N1", event: "A03", patient: "P1", visit: "V1" }))).toBe("AA");
      ehr.close();
      await eventually(async () => expect(await hospital.audit()).toHaveLength(1), WITHIN_MS);
      expect(await hospital.command("trace")).toContain("default/ehr");
      await running.stop();
      const hub = await connectHub({ url: nats.url }, "cli_test");
      expect(await streamNames(hub, "RAW_")).toEqual(["RAW_default_ehr"]);
      await closeHub(hub);
    } finally {
      await nats.stop();
    }
  });
});

function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The clinic's sample with its webhook on `port` and the patient app for its records. */
async function clinicManifest(hospital: Hospital, port: number): Promise<string> {
  const text = await readFile("config/samples/clinic/clinic.yaml", "utf8");
  return text.replace("port: 8090", `port: ${port}`).replace("http://127.0.0.1:8091/fhir", hospital.app.address);
}

async function book(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/appointments`, {
    method: "POST",
    body: JSON.stringify({ id: "A-1", status: "booked", patient: "P-1" }),
    headers: { "content-type": "application/json", authorization: "Bearer change-me", "idempotency-key": "1" },
  });
  await response.arrayBuffer();
  return response.status;
}
