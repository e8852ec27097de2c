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
 * The users of a NATS server or account, in nats-server's configuration language: what an administrator includes in its
 * `authorization` or account block, and the server takes up with `nats-server --signal reload`. It holds passwords.
 * `operator` is Fascia's own user, which may do everything there.
 */
export function plainUsersConfig(operator: PlainUser, users: (PlainUser & { adapter: Permitted })[]): string {
  const entries = [
    `  { user: ${quoted(operator.user)}, password: ${quoted(operator.password)} }\n`,
    ...users.map(entry),
  ];
  return `# Written by Fascia. It holds passwords: readable by the server alone.\nusers: [\n${entries.join("")}]\n`;
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
