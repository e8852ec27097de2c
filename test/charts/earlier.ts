import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parse, parseAllDocuments } from "yaml";
import { GROUP } from "../../src/api/meta.ts";
import type { Hub } from "../../src/jetstream/hub.ts";
import type { KubeObject } from "../../src/operator/kube/resource.ts";

/**
 * The package of chart 0.1.0 (`helm package charts/fascia`, as that stood when its version was raised), which people
 * upgrade from. It is never made anew: what was released does not change.
 */
export const EARLIER_CHART = fileURLToPath(new URL("fascia-0.1.0.tgz", import.meta.url));

/** What it was installed with where `earlierState` was found. The image is pinned, so that upgrades need not replace adapters. */
export const EARLIER_VALUES = ["nats.url=nats://nats.messaging.svc:4222", "image.tag=pinned"];

/** A stream as it was made, with its consumers. */
interface EarlierStream {
  config: Parameters<Hub["jsm"]["streams"]["add"]>[0] & { name: string };
  consumers: Parameters<Hub["jsm"]["consumers"]["add"]>[1][];
}

/** What its operator made in NATS for that hospital. */
export async function earlierStreams(): Promise<EarlierStream[]> {
  return parse(await read("hub-0.1.0.yaml")) as EarlierStream[];
}

/** The hospital that it governed, and what its operator made for that. */
export async function earlierState(): Promise<{ resources: KubeObject[]; made: KubeObject[] }> {
  const all = parseAllDocuments(await read("hospital-0.1.0.yaml")).map((document) => document.toJS() as KubeObject);
  const isOurs = ({ apiVersion }: KubeObject) => apiVersion?.startsWith(`${GROUP}/`) === true;
  return { resources: all.filter(isOurs), made: all.filter((object) => !isOurs(object)) };
}

const read = (name: string): Promise<string> => readFile(new URL(name, import.meta.url), "utf8");
