import { readFile } from "node:fs/promises";
import { type SecureContextOptions, createSecureContext } from "node:tls";
import { InvalidArgumentError } from "commander";
import type { DialOptions } from "../../adapters/mllp/dial.ts";
import { serverNameOf } from "../../adapters/tls.ts";
import { FasciaError, safeReason } from "../../base/errors.ts";

export interface Address {
  host: string;
  port: number;
  /** Written as `mllps://`. */
  secured: boolean;
}

export interface TlsOptions {
  tls?: true;
  /** PEM files. */
  ca?: string;
  cert?: string;
  key?: string;
  serverName?: string;
}

/** `host:port`, `[address]:port` for IPv6, or either as an `mllp://` or `mllps://` address, as `fascia run` shows them. */
export function parseAddress(text: string): Address {
  const match = /^(?:mllp(s)?:\/\/)?(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[4]);
  const host = match?.[2] ?? match?.[3];
  if (host === undefined || !(port >= 1 && port <= 65_535))
    throw new InvalidArgumentError("It must be a host and a port, e.g. localhost:2575.");
  return { host, port, secured: match?.[1] === "s" };
}

/** TLS as the address and the options ask for it; without them none. */
export async function readTls(address: Address, options: TlsOptions): Promise<Pick<DialOptions, "tls">> {
  const { tls, ca, cert, key, serverName } = options;
  if ((cert === undefined) !== (key === undefined)) throw new FasciaError("UsageError", "--cert and --key go together");
  if (tls !== true && !address.secured && ca === undefined && cert === undefined) return {};
  const material = {
    ...(ca !== undefined && { ca: await readAuthority(ca) }),
    ...(cert !== undefined && key !== undefined && { cert: await readPem(cert), key: await readPem(key) }),
  };
  check(material);
  return {
    tls: {
      ...material,
      ...serverNameOf({ serverName }, address.host),
      minVersion: "TLSv1.2",
    },
  };
}

/** Otherwise a wrong file would show only as a failure of each connection, or not at all. */
function check(material: Pick<SecureContextOptions, "ca" | "cert" | "key">): void {
  try {
    createSecureContext(material);
  } catch (cause) {
    throw new FasciaError(
      "TlsInvalid",
      `--ca, --cert or --key is no proper PEM file, or key and certificate do not belong together: ${safeReason(cause)}`,
      { cause },
    );
  }
}

/** What is no certificate OpenSSL passes over in silence, and then trusts nobody. */
async function readAuthority(file: string): Promise<Buffer> {
  const pem = await readPem(file);
  if (pem.includes("-----BEGIN")) return pem;
  throw new FasciaError("TlsInvalid", `--ca ${file} is not a PEM file`);
}

async function readPem(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new FasciaError("FileUnreadable", `cannot read ${file}: ${safeReason(cause)}`, { cause });
  }
}
