import { readFile } from "node:fs/promises";
import { type Admission, admission } from "./admission.ts";
import { EhrConnection } from "./ehr.ts";

/**
 * Sends messages over several connections, those of one patient over the same one and in order. A merge belongs to the
 * patient that survives. Resolves when all are accepted, with when each was, by control id.
 */
export async function sendAll(port: number, messages: Admission[], connections = 8): Promise<Map<string, number>> {
  const accepted = new Map<string, number>();
  const shares = Array.from({ length: connections }, (): Admission[] => []);
  for (const message of messages) shares[shareOf(message.patient, connections)]?.push(message);
  await Promise.all(
    shares.map(async (share) => {
      const connection = new EhrConnection(port);
      for (const message of share) {
        await connection.deliver(admission(message));
        accepted.set(message.controlId, Date.now());
      }
      connection.close();
    }),
  );
  return accepted;
}

const shareOf = (patient: string, shares: number): number =>
  [...patient].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) % 65_521, 7) % shares;

/** Pairs of neighbours that are of one patient and arrived in another order than they were sent in. */
export function overtaken(sent: Admission[], arrived: string[]): string[] {
  const at = new Map(arrived.map((label, i) => [label, i]));
  const last = new Map<string, Admission>();
  const wrong: string[] = [];
  for (const message of sent) {
    const here = at.get(message.visit);
    if (here === undefined) continue;
    for (const patient of [message.patient, ...(message.merged === undefined ? [] : [message.merged])]) {
      const before = last.get(patient);
      if (before && (at.get(before.visit) ?? -1) > here) wrong.push(`${before.visit} after ${message.visit}`);
      last.set(patient, message);
    }
  }
  return wrong;
}

/** Resident memory of a process, MiB. */
export async function residentMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024;
}
