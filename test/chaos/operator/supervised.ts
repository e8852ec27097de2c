import { LEASES, type Lease, written } from "../../../src/operator/manager/lease.ts";
import { eventually } from "../../builders/eventually.ts";
import type { OperatorProcess, OperatorRig } from "../../cluster/operator/rig.ts";

const LEASE = { namespace: "default", name: "fascia" };

/** An operator that is kept running as the kubelet keeps it: whenever its process ends, another one begins. */
export class Supervised {
  readonly #rig: OperatorRig;
  readonly #keeping: Promise<void>;
  #process: OperatorProcess | undefined;
  #stopping = false;
  /** Processes that began. */
  began = 0;

  constructor(rig: OperatorRig) {
    this.#rig = rig;
    this.#keeping = this.#keep();
  }

  /** Resolves when it leads. */
  async leads(): Promise<void> {
    await eventually(async () => (await this.#process?.isLeading()) === true, 60_000);
  }

  /** SIGKILL. Its Lease is freed at once: nobody has it, and what is to be tested here is not how long others wait. */
  async kill(): Promise<void> {
    await this.#process?.kill();
    await freeLease(this.#rig);
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#process?.kill();
    await this.#keeping;
  }

  async #keep(): Promise<void> {
    while (!this.#stopping) {
      // One that does not get as far as to be ready is tried again, as one that ends later.
      this.#process = await this.#rig.startOperator().catch(() => undefined);
      this.began++;
      await this.#process?.ended;
    }
  }
}

async function freeLease({ api }: OperatorRig): Promise<void> {
  await eventually(async () => {
    const lease = await api.client.get<Lease>(LEASES, LEASE).catch(() => undefined);
    if (lease) await api.client.replace(LEASES, written(lease, undefined, 0, Date.now()));
  });
}
