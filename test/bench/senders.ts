import { type Admission, admission } from "../builders/admission.ts";
import { EhrConnection } from "../builders/ehr.ts";

/** What a run of senders came to. */
export interface Sending {
  count: number;
  seconds: number;
  /** Visit → when its acknowledgement came, milliseconds since the epoch. */
  acknowledged: Map<string, number>;
}

/** `connections` senders, each with one message under way, for `seconds`. Every message must be accepted. */
export async function send(port: number, connections: number, seconds: number, prefix: string): Promise<Sending> {
  const acknowledged = new Map<string, number>();
  const began = performance.now();
  const until = began + seconds * 1000;
  const run = async (index: number) => {
    const connection = new EhrConnection(port);
    for (let n = 0; performance.now() < until; n++) {
      const message = messageOf(prefix, index, n);
      const code = await connection.send(admission(message));
      if (code !== "AA") throw new Error(`the message was answered with ${code}`);
      acknowledged.set(message.visit, Date.now());
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, (_, i) => run(i)));
  return { count: acknowledged.size, seconds: (performance.now() - began) / 1000, acknowledged };
}

/** Each connection admits patients of its own, so that keys are many and each is in order. */
export function messageOf(prefix: string, index: number, n: number): Admission {
  const id = `${prefix}${index}N${n}`;
  return {
    controlId: id,
    visit: `V${id}`,
    event: n % 2 === 0 ? "A01" : "A08",
    patient: `P${prefix}${index}N${n % 20}`,
  };
}
