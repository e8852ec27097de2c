import { contentHash } from "../../base/hash.ts";
import { secretUses } from "../../compile/secretuses.ts";
import { KEYS_KEY, workloadNames } from "./names.ts";
import type { ServedAdapter } from "./object.ts";
import type { WorkloadSettings } from "./settings.ts";
import { directoriesOf } from "./spec.ts";

/** Where a pod finds what is mounted. */
export const KEYS_DIR = "/etc/fascia/keys";
export const CREDENTIALS_DIR = "/etc/fascia/nats";
export const SECRETS_DIR = "/etc/fascia/secrets";
export const TRUST_DIR = "/etc/fascia/trust";
export const TRUST_FILE = "ca.crt";

export const KEYS_FILE = `${KEYS_DIR}/${KEYS_KEY}`;

export interface Mounted {
  volume: { name: string } & Record<string, unknown>;
  mount: { name: string; mountPath: string; readOnly?: boolean };
}

/** Readable by whatever user the platform chooses; the volume is in memory, and the process is alone with it. */
const MODE = 0o444;

/**
 * Whole directories, never single files of them (`subPath`): only so does the kubelet renew what is mounted. A Secret of
 * the system's may come later than its Adapter: it is optional, and its absence a condition.
 */
export function volumesOf(adapter: ServedAdapter, settings: WorkloadSettings): Mounted[] {
  const { namespace, name } = adapter.metadata;
  const names = workloadNames(name);
  const secrets = [...new Set(secretUses(adapter.spec).map((use) => use.secret))].sort();
  return [
    secret("keys", names.keys, KEYS_DIR),
    ...(settings.nats.credentials ? [secret("nats", names.credentials, CREDENTIALS_DIR)] : []),
    ...(settings.trustedCAs === undefined ? [] : [trust(names.trust)]),
    ...secrets.map((wanted) =>
      secret(`secret-${contentHash(wanted)}`, wanted, `${SECRETS_DIR}/${namespace}/${wanted}`, true),
    ),
    ...directoriesOf(adapter.spec).map(({ path, claimName }) => writable(path, claimName)),
  ];
}

const secret = (name: string, secretName: string, mountPath: string, optional = false): Mounted => ({
  volume: { name, secret: { secretName, defaultMode: MODE, ...(optional && { optional }) } },
  mount: { name, mountPath, readOnly: true },
});

const trust = (configMap: string): Mounted => ({
  volume: { name: "trust", configMap: { name: configMap, defaultMode: MODE } },
  mount: { name: "trust", mountPath: TRUST_DIR, readOnly: true },
});

function writable(mountPath: string, claimName: string | undefined): Mounted {
  const name = `files-${contentHash(mountPath)}`;
  const from = claimName === undefined ? { emptyDir: {} } : { persistentVolumeClaim: { claimName } };
  return { volume: { name, ...from }, mount: { name, mountPath } };
}
