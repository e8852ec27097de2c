import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";

/** What somebody asked of the API server, as it was authorised. */
export interface Deed {
  verb: string;
  /** Empty for the core group. */
  group: string;
  /** With its subresource: `adapters/status`. */
  resource: string;
  namespace: string | undefined;
  name: string | undefined;
  allowed: boolean;
}

interface AuditEvent {
  stage: string;
  verb: string;
  user: { username: string };
  objectRef?: { apiGroup?: string; resource: string; subresource?: string; namespace?: string; name?: string };
  annotations?: Record<string, string>;
}

/** An audit log of the API server's. */
export interface Audit {
  /** To start the API server with. */
  flags: string[];
  /** Of one user, in order. */
  deedsOf(user: string): Promise<Deed[]>;
  remove(): Promise<void>;
}

const POLICY = { apiVersion: "audit.k8s.io/v1", kind: "Policy", rules: [{ level: "Metadata" }] };

export async function createAudit(): Promise<Audit> {
  const directory = await mkdtemp(join(tmpdir(), "fascia-audit-"));
  const [policy, log] = [join(directory, "policy.yaml"), join(directory, "audit.log")];
  await writeFile(policy, stringify(POLICY));
  return {
    flags: [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`],
    deedsOf: async (user) => {
      const text = await readFile(log, "utf8");
      // The last line may be in writing.
      const lines = text.slice(0, text.lastIndexOf("\n")).split("\n");
      return lines
        .map((line) => JSON.parse(line) as AuditEvent)
        .filter(({ stage, user: { username } }) => stage !== "RequestReceived" && username === user)
        .flatMap(({ verb, objectRef, annotations }) => (objectRef ? [deedOf(verb, objectRef, annotations)] : []));
    },
    remove: () => rm(directory, { recursive: true }),
  };
}

function deedOf(
  verb: string,
  ref: NonNullable<AuditEvent["objectRef"]>,
  annotations: Record<string, string> = {},
): Deed {
  return {
    verb,
    group: ref.apiGroup ?? "",
    resource: ref.subresource === undefined ? ref.resource : `${ref.resource}/${ref.subresource}`,
    namespace: ref.namespace,
    name: ref.name,
    allowed: annotations["authorization.k8s.io/decision"] !== "forbid",
  };
}
