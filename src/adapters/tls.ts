import { type Server, isIP } from "node:net";
import { createSecureContext, type SecureVersion, type Server as TlsServer, type TLSSocket } from "node:tls";
import { FasciaError } from "../base/errors.ts";
import type { ClientTls, ServerTls } from "../api/meta.ts";
import type { Secrets } from "./adapter.ts";

/** What a TLS socket is made with, read from a Secret with the keys of type kubernetes.io/tls. */
export interface TlsMaterial {
  cert?: Buffer;
  key?: Buffer;
  ca?: Buffer;
  minVersion: SecureVersion;
}

/**
 * Certificate and key of a listening socket, and with `clientAuth: Require` the authority that signs clients. Rejects
 * with FasciaError `SecretMissing` (also without `ca.crt` where clients must be verified: the authorities that the
 * system trusts would let anybody in) or `TlsInvalid`.
 */
export async function readServerTls(spec: ServerTls, secrets: Secrets): Promise<TlsMaterial> {
  const { secretName } = spec;
  const [cert, key, ca] = await Promise.all([
    secrets.read(secretName, "tls.crt"),
    secrets.read(secretName, "tls.key"),
    secrets.readOptional(secretName, "ca.crt"),
  ]);
  if (spec.clientAuth === "Require" && ca === undefined)
    throw new FasciaError(
      "SecretMissing",
      `Secret ${secretName} has no ca.crt: tls.clientAuth Require needs it to verify clients; add it, or set clientAuth None`,
    );
  return checked(secretName, { cert, key, ...(ca !== undefined && { ca }), minVersion: "TLSv1.2" });
}

/**
 * What an outgoing connection verifies the server with, and shows it for mutual TLS. Without a Secret the authorities
 * that the system trusts count. Rejects with FasciaError `SecretMissing` or `TlsInvalid`.
 */
export async function readClientTls(spec: ClientTls, secrets: Secrets): Promise<TlsMaterial> {
  const { secretName } = spec;
  if (secretName === undefined) return { minVersion: "TLSv1.2" };
  const [cert, key, ca] = await Promise.all([
    secrets.readOptional(secretName, "tls.crt"),
    secrets.readOptional(secretName, "tls.key"),
    secrets.readOptional(secretName, "ca.crt"),
  ]);
  if ((cert === undefined) !== (key === undefined))
    throw new FasciaError(
      "SecretMissing",
      `Secret ${secretName} has only one of tls.crt and tls.key: mutual TLS needs both`,
    );
  if (cert === undefined && ca === undefined)
    throw new FasciaError(
      "SecretMissing",
      `Secret ${secretName} has neither ca.crt (to verify the server) nor tls.crt and tls.key (for mutual TLS)`,
    );
  return checked(secretName, {
    ...(cert !== undefined && key !== undefined && { cert, key }),
    ...(ca !== undefined && { ca }),
    minVersion: "TLSv1.2",
  });
}

/** The name to ask for (SNI, RFC 6066: never an address) and to verify in the server's certificate. */
export function serverNameOf(spec: ClientTls, host: string): { servername?: string } {
  const servername = spec.serverName ?? host;
  return isIP(servername) === 0 ? { servername } : {};
}

/** How often a renewed certificate is looked for. */
export const RENEWAL_MS = 60_000;

/**
 * Each call of the function returned looks whether the certificate of `server` was renewed since `first` was read, and
 * lets new connections have it; resolves to whether it was. Rejects as `readServerTls` does: the one in use stays.
 */
export function renewal(server: Server, spec: ServerTls, first: TlsMaterial, secrets: Secrets): () => Promise<boolean> {
  let current = first;
  return async () => {
    const renewed = await readServerTls(spec, secrets);
    if (sameTls(current, renewed)) return false;
    (server as TlsServer).setSecureContext(renewed);
    current = renewed;
    return true;
  };
}

/** Whether both were read from the same bytes: a renewed certificate is told from the one in use. */
function sameTls(a: TlsMaterial, b: TlsMaterial): boolean {
  return same(a.cert, b.cert) && same(a.key, b.key) && same(a.ca, b.ca);
}

/** Subject CN of a peer whose certificate was verified, otherwise undefined. */
export function principalOf(socket: TLSSocket): string | undefined {
  if (!socket.authorized) return undefined;
  const name: unknown = socket.getPeerCertificate().subject?.CN;
  return typeof name === "string" && name !== "" ? name : undefined;
}

function same(a: Buffer | undefined, b: Buffer | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.equals(b);
}

/** OpenSSL reads the files here, so that a wrong one is an error that names its Secret. */
function checked(secretName: string, material: TlsMaterial): TlsMaterial {
  try {
    createSecureContext(material);
    return material;
  } catch (cause) {
    const code = (cause as { code?: unknown }).code;
    const reason = typeof code === "string" ? ` (${code})` : "";
    throw new FasciaError(
      "TlsInvalid",
      `Secret ${secretName}: tls.crt, tls.key or ca.crt is not a PEM file, or key and certificate do not belong together${reason}`,
      { cause },
    );
  }
}
