import { type Hub, closeHub, connectHub } from "../../src/jetstream/hub.ts";
import { type TestNats, type TestNatsOptions, startNats } from "./nats.ts";

/** A real hub of a test's own: a connection to it, and its server. */
export interface TestHub extends Hub {
  nats: TestNats;
  stop(): Promise<void>;
}

export async function startHub(options: TestNatsOptions = {}): Promise<TestHub> {
  const nats = await startNats(options);
  const hub = await connectHub({ url: nats.url }, "test");
  const stop = async () => {
    await closeHub(hub);
    await nats.stop();
  };
  return { ...hub, nats, stop };
}
