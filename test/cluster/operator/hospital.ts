import { EVENTS } from "../../../src/operator/kube/events.ts";
import type { KubeObject, ResourceType } from "../../../src/operator/kube/resource.ts";
import type { ServedObject } from "../../../src/operator/report/write.ts";
import { WORKLOAD_TYPES } from "../../../src/operator/workload/types.ts";
import { loadManifests } from "../../../src/standalone/manifests.ts";
import { type TestNats, startNats } from "../../builders/nats.ts";
import { type Api, startApi } from "../startapi.ts";
import { conditionOf, startOperator } from "./inprocess.ts";
import { applyAll, removeAll, typeOf } from "../served.ts";

const { resources } = await loadManifests("config/samples/hospital");
/** The hospital, what is referred to first. */
export const SAMPLES = [
  ...resources.contractVersions,
  ...resources.adapters,
  ...resources.integrations,
] as KubeObject[];

export function sampleOf(kind: string, name: string): KubeObject {
  const found = SAMPLES.find((sample) => sample.kind === kind && sample.metadata.name === name);
  if (!found) throw new Error(`no sample ${kind} ${name}`);
  return found;
}

/** The whole operator beside a real API server and a real hub. Nobody runs pods: the test says what became of them. */
export class Hospital {
  readonly api: Api;
  nats!: TestNats;
  #stop: () => Promise<void> = async () => {};

  private constructor(api: Api) {
    this.api = api;
  }

  static async start(): Promise<Hospital> {
    return new Hospital(await startApi());
  }

  async end(): Promise<void> {
    await this.api.stop();
  }

  /** A hub and an operator for one test. */
  async begin(): Promise<void> {
    this.nats = await startNats();
    this.startOperator();
  }

  async clear(): Promise<void> {
    await this.#stop();
    await removeAll(this.api.client, SAMPLES);
    // Nobody collects garbage here either.
    await this.#deleteAll(WORKLOAD_TYPES.Deployment);
    await this.#deleteAll(EVENTS);
    await this.nats.stop();
  }

  startOperator(): void {
    this.#stop = startOperator(this.api.client, this.nats.url);
  }

  async stopOperator(): Promise<void> {
    await this.#stop();
    this.#stop = async () => {};
  }

  async restartOperator(): Promise<void> {
    await this.stopOperator();
    this.startOperator();
  }

  apply(wanted: (sample: KubeObject) => boolean = () => true): Promise<void> {
    return applyAll(this.api.client, SAMPLES.filter(wanted));
  }

  get(sample: KubeObject): Promise<ServedObject> {
    return this.api.client.get(typeOf(sample), { namespace: "default", name: sample.metadata.name });
  }

  conditionOf(sample: KubeObject, type: string): Promise<string> {
    return conditionOf(this.api.client, sample, type);
  }

  /** Of Ready. */
  async messageOf(sample: KubeObject): Promise<string> {
    const { status } = await this.get(sample);
    return status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "";
  }

  /** What the Deployment's controller and the kubelet would do: all pods of the present spec run, or `ready` of each. */
  async runPods({ ready }: { ready?: number } = {}): Promise<void> {
    const { client } = this.api;
    const { items } = await client.list<KubeObject & { spec: { replicas: number } }>(WORKLOAD_TYPES.Deployment, {});
    for (const { metadata, spec } of items) {
      const { replicas } = spec;
      const readyReplicas = ready ?? replicas;
      const counts = { replicas, updatedReplicas: replicas, readyReplicas, availableReplicas: readyReplicas };
      const status = { observedGeneration: metadata.generation, ...counts };
      const { name, namespace = "" } = metadata;
      await client.applyStatus(WORKLOAD_TYPES.Deployment, { metadata: { name, namespace }, status } as KubeObject);
    }
  }

  async #deleteAll(type: ResourceType): Promise<void> {
    const { items } = await this.api.client.list(type, {});
    for (const { metadata } of items) await this.api.client.delete(type, metadata);
  }
}
