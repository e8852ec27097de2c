import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { closeHub, connectHub } from "../../src/jetstream/hub.ts";
import { streamNames } from "../../src/jetstream/streams.ts";
import { book, clinicManifest } from "../builders/clinic.ts";
import { admission } from "../builders/admission.ts";
import { EhrConnection } from "../builders/ehr.ts";
import { eventually } from "../builders/eventually.ts";
import { type Hospital, createHospital } from "../builders/hospital.ts";
import { startNats } from "../builders/nats.ts";
import { freePort } from "../builders/ports.ts";
import { jsonLines, spawnFascia } from "../builders/process.ts";

/** How `fascia run` begins and ends, and what it says when something is in its way. */

describe("fascia run", () => {
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

  test("`--without` refuses a name that no adapter has, and says which there are, before anything runs", async () => {
    hospital = await createHospital();
    const args = ["run", hospital.manifests, "--data", hospital.data, "--without", "ehr", "biling"];
    const { code, stdout, stderr } = await spawnFascia(args).ended;
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toBe(
      `fascia: --without biling: no Adapter of that name is in ${hospital.manifests}; there are audit, billing, ehr, eligibility, patient-app\n`,
    );
    await expect(readFile(join(hospital.data, "bootstrap.json"))).rejects.toThrow("ENOENT");
  });

  test("a directory that is not there is refused in one line, before anything runs", async () => {
    hospital = await createHospital();
    const nowhere = join(hospital.manifests, "nowhere");
    const { code, stdout, stderr } = await spawnFascia(["run", nowhere, "--data", hospital.data]).ended;
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toBe(
      `fascia: ${nowhere} cannot be read as a file or directory of manifests (ENOENT): name one that is there\n`,
    );
    await expect(readFile(join(hospital.data, "bootstrap.json"))).rejects.toThrow("ENOENT");
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
    await eventually(() => expect(hospital.app.resources.size).toBe(1));
    await new Promise((resolve) => occupant.close(resolve));
    const ehr = new EhrConnection(hospital.ehrPort);
    await ehr.deliver(
      admission({ controlId: "P1", event: "A03", patient: "P1", visit: "V1" }),
      AbortSignal.timeout(30_000),
    );
    ehr.close();
    await eventually(async () => expect(await hospital.audit()).toHaveLength(1));
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
    });
    await hospital.edit("audit.yaml", (text) => text.replace(/jsonata: .*/, `jsonata: '{ "event": $message.event }'`));
    const inEffect = () => running.output().stderr.split("manifests are in effect").length - 1;
    await eventually(() => expect(inEffect()).toBe(2));
    const id = String(entries.find((q) => q["contract"] === "patient-admission 1.0.0")?.["messageId"]);
    const { code, stdout, stderr } = await spawnFascia(["replay", id, "--data", hospital.data]).ended;
    expect(code).toBe(1);
    expect(stdout).toContain("sent again (admissions → default/audit)");
    expect(stderr).toMatch(
      /^fascia: default\/\d is a reply that violates its contract; the delivery itself succeeded and is not repeated\n$/,
    );
    await eventually(async () => expect(await hospital.audit()).toEqual([{ event: "A01" }]));
  });

  test("a run that waits for a port ends when it is asked to", async () => {
    hospital = await createHospital();
    const occupant = createServer().listen(hospital.ehrPort, "0.0.0.0");
    await once(occupant, "listening");
    const running = await hospital.run();
    await eventually(() => expect(running.output().stderr).toContain('"attempt":2'));
    await running.stop();
    expect((await running.ended).code).toBe(0);
    await new Promise((resolve) => occupant.close(resolve));
  });

  test("an edit to a port that is taken is refused: the source goes on where it was, and moves once the port is free", async () => {
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
    });
    const old = new EhrConnection(hospital.ehrPort);
    expect(await old.send(admission({ controlId: "M1", event: "A03", patient: "P1", visit: "V1" }))).toBe("AA");
    old.close();
    await new Promise((resolve) => occupant.close(resolve));
    const moved = new EhrConnection(taken);
    await moved.deliver(
      admission({ controlId: "M2", event: "A03", patient: "P1", visit: "V1" }),
      AbortSignal.timeout(30_000),
    );
    moved.close();
    await eventually(async () => expect(await hospital.audit()).toHaveLength(2));
    await eventually(() => expect(old.send(Buffer.from("MSH"))).rejects.toThrow("ECONNREFUSED"));
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
      await eventually(async () => expect(await hospital.audit()).toHaveLength(1));
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
