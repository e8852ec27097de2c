import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import { type TestNats, startNats } from "../../../test/builders/nats.ts";
import { aContractVersion, aSource } from "../../../test/builders/resources.ts";
import { SourceRig, received } from "../../../test/builders/sourcerig.ts";
import { eventually } from "../../../test/builders/eventually.ts";
import { FigureReader } from "../../jetstream/figures.ts";
import { silentLog } from "../../telemetry/log.ts";
import { driftNews, driftOf } from "../contractversion/drift.ts";
import { DriftBoard } from "./driftboard.ts";

/** From messages of a sender that has changed to what a person reads of it. */

let nats: TestNats;
let rig: SourceRig | undefined;

beforeAll(async () => void (nats = await startNats()));
afterEach(() => rig?.stop());
afterAll(() => nats.stop());

/** Every value, and every name of a member, that only this message has. */
const CANARY = "ZQXCANARY";

test("What a message has that its contract does not know reaches status and event, and nothing of its content does", async () => {
  rig = await SourceRig.create(nats, {
    emits: [{ contract: "note", version: "1.0.0", mapping: { version: "1", hl7v2ToFhir: {} } }],
  } as never);
  const lines: unknown[] = [];
  const normaliser = await rig.normaliser({ ...silentLog, warn: (...line) => void lines.push(line) });
  const ingest = await rig.ingest();
  const segments = [
    `MSH|^~\\&|EHR|HOSP|||20260314091500||ADT^A08|${CANARY}1|P|2.5.1`,
    "EVN|A08|20260314091400",
    `PID|1||${CANARY}2^^^HOSP^MR||${CANARY}3|||${CANARY}4|||||||||||||||||||${CANARY}5`,
    "PV1|1|I",
    `ZPI|1|${CANARY}6|${CANARY}7^${CANARY}8`,
  ];
  const message = received(`${CANARY}1`, segments.join("\r"), { dialect: "hl7v2", event: "A08" });
  for (const id of ["1", "2"]) await ingest.receive({ ...message, identity: ["sender", id] });
  await eventually(async () => expect(await rig?.unacknowledged()).toBe(0));
  await normaliser.stop();

  const clock = new ManualClock();
  const board = new DriftBoard(clock);
  const { drift } = await new FigureReader(rig.hub).read();
  board.take(drift);
  const adapter = aSource(rig.name, 2575, {}, "default");
  const { seen, status } = driftOf(board.of("note-v1.0.0"), [adapter], Date.now());
  const at = (kind: string, position: string) => expect.objectContaining({ kind, position, count: 2 });
  expect(status.drift).toEqual([at("Code", "PID-8"), at("Field", "PID-27"), at("Segment", "ZPI")]);
  expect(status.drift?.[0]?.adapters).toEqual([`default/${rig.name}`]);
  const version = aContractVersion({ contract: "note" });
  const news = driftNews(version, seen, { before: [], told: new Set() }, Date.now());
  expect(news?.note).toContain(`Segment ZPI (default/${rig.name})`);

  const metrics = await rig.measured();
  expect(metrics).toContain(
    `fascia_contract_drift_total{adapter="default/${rig.name}",contract="note",version="1.0.0",kind="Segment"} 2`,
  );
  expect(lines).toHaveLength(3);
  const lineage = await rig.records();
  expect(lineage.map(({ hop }) => hop)).toContain("Drifted");
  expect(JSON.stringify([status, news, lines, metrics, lineage])).not.toContain(CANARY);
});
