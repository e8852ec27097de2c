import { HUB_EXPORTS, type HubExport } from "../../compile/exports.ts";
import { permissionsOf } from "../../compile/permissions.ts";
import { type Holder, type Issuer, issue } from "./issue.ts";

/** A user of a NATS server's own configuration. */
export interface PlainUser {
  user: string;
  password: string;
}

type PasswordIssuer = Extract<Issuer, { kind: "Password" }>;

/**
 * The accounts of a NATS server in its own configuration language: the hub's with JetStream and Fascia's own user, which
 * may do everything there, and the adapters', which imports what adapters need. An administrator includes it in the
 * server's `accounts` block, and `nats-server --signal reload` has it taken up. It holds passwords.
 */
export function accountsConfig(operator: PlainUser, issuer: PasswordIssuer, holders: readonly Holder[]): string {
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
${holders.map((holder) => entry(issuer, holder)).join("")}  ]
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

function entry(issuer: PasswordIssuer, holder: Holder): string {
  // A user's password stays, whatever the day.
  const { user = "", password = "" } = issue(issuer, holder, 0).data;
  const { publish, subscribe } = permissionsOf({ ...holder, apiPrefix: issuer.apiPrefix });
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
