import { HUB_EXPORTS, type HubExport } from "../../compile/exports.ts";
import { adapterRef } from "../../compile/names.ts";
import { type Permitted, permissionsOf } from "../../compile/permissions.ts";

/** Credentials of an adapter at a NATS server that has its users in its own configuration. */
export interface PlainUser {
  user: string;
  password: string;
}

const PASSWORD_BYTES = 32;

/** `random` gives that many random bytes. The password stays until somebody takes it out of the Secret. */
export const createPlainUser = (adapter: Permitted, random: (bytes: number) => Uint8Array): PlainUser => ({
  user: adapterRef(adapter),
  password: Buffer.from(random(PASSWORD_BYTES)).toString("base64url"),
});

/**
 * The accounts of a NATS server in its own configuration language: the hub's with JetStream and Fascia's own user, which
 * may do everything there, and the adapters', which imports what adapters need. An administrator includes it in the
 * server's `accounts` block, and `nats-server --signal reload` has it taken up. It holds passwords.
 */
export function accountsConfig(operator: PlainUser, users: (PlainUser & { adapter: Permitted })[]): string {
  return `# Written by Fascia. It holds passwords: readable by the server alone.
FASCIA_HUB: {
  jetstream: enabled
  users: [
    { user: ${quoted(operator.user)}, password: ${quoted(operator.password)} }
  ]
  exports: [
${HUB_EXPORTS.map(exported).join("")}  ]
}
FASCIA_ADAPTERS: {
  imports: [
${HUB_EXPORTS.map(imported).join("")}  ]
  users: [
${users.map(entry).join("")}  ]
}
`;
}

function exported({ kind, subject, many }: HubExport): string {
  const answered = kind === "service" && many ? ", response_type: stream" : "";
  return `    { ${kind}: ${quoted(subject)}${answered} }\n`;
}

function imported({ kind, subject, as }: HubExport): string {
  const renamed = as === subject ? "" : `, to: ${quoted(as)}`;
  return `    { ${kind}: { account: FASCIA_HUB, subject: ${quoted(subject)} }${renamed} }\n`;
}

function entry({ user, password, adapter }: PlainUser & { adapter: Permitted }): string {
  const { publish, subscribe } = permissionsOf(adapter);
  return `  {
    user: ${quoted(user)}
    password: ${quoted(password)}
    permissions: {
      publish: { allow: [${list(publish)}] }
      subscribe: { allow: [${list(subscribe)}] }
    }
  }
`;
}

const list = (subjects: string[]): string =>
  subjects.map((subject) => `\n        ${quoted(subject)}`).join(",") + "\n      ";

/** JSON's escapes are among those that nats-server reads in double quotes. */
const quoted = (text: string): string => JSON.stringify(text);
