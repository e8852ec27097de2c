import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";
import * as der from "./der.ts";

/** A certificate and its key, PEM. */
export interface Issued {
  certificate: string;
  key: string;
}

/** When a certificate counts, milliseconds since the epoch; X.509 knows whole seconds. */
export interface Period {
  from: number;
  to: number;
}

/** An authority that signs certificates of servers (RFC 5280), ECDSA with P-256. */
export function createAuthority(period: Period): Issued {
  const { privateKey, publicKey } = newKey();
  const extensions = [
    extension("2.5.29.19", der.sequence(der.TRUE, der.integer(Buffer.alloc(1))), CRITICAL),
    // keyCertSign and cRLSign.
    extension("2.5.29.15", der.bitString(Buffer.from([0b0000_0110]), 1), CRITICAL),
    extension("2.5.29.14", der.octetString(keyId(publicKey))),
  ];
  const name = authorityName(publicKey);
  return { certificate: build(name, name, publicKey, period, extensions, privateKey), key: pem(privateKey) };
}

/** A server's certificate for `names`, DNS names or IP addresses, signed by the authority whose key is `authorityKey`. */
export function issueCertificate(authorityKey: KeyObject, names: readonly string[], period: Period): Issued {
  const { privateKey, publicKey } = newKey();
  const authority = createPublicKey(authorityKey);
  const extensions = [
    extension("2.5.29.19", der.sequence(), CRITICAL),
    // digitalSignature.
    extension("2.5.29.15", der.bitString(Buffer.from([0b1000_0000]), 7), CRITICAL),
    // serverAuth.
    extension("2.5.29.37", der.sequence(der.oid("1.3.6.1.5.5.7.3.1"))),
    extension("2.5.29.17", der.sequence(...names.map(alternativeName))),
    extension("2.5.29.14", der.octetString(keyId(publicKey))),
    extension("2.5.29.35", der.sequence(der.implicit(0, keyId(authority)))),
  ];
  // What a certificate is for stands in its alternative names; a common name may be 64 characters at most.
  const subject = commonName("fascia-webhook");
  const certificate = build(authorityName(authority), subject, publicKey, period, extensions, authorityKey);
  return { certificate, key: pem(privateKey) };
}

const CRITICAL = true;
const ECDSA_WITH_SHA256 = der.sequence(der.oid("1.2.840.10045.4.3.2"));

function build(
  issuer: Buffer,
  subject: Buffer,
  publicKey: KeyObject,
  { from, to }: Period,
  extensions: Buffer[],
  signer: KeyObject,
): string {
  const version3 = der.explicit(0, der.integer(Buffer.from([2])));
  // Its first bit set and its second one not: positive, and 20 bytes at most (RFC 5280, 4.1.2.2).
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const toBeSigned = der.sequence(
    version3,
    der.integer(serial),
    ECDSA_WITH_SHA256,
    issuer,
    der.sequence(der.time(from), der.time(to)),
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    der.explicit(3, der.sequence(...extensions)),
  );
  const signature = sign("sha256", toBeSigned, { key: signer, dsaEncoding: "der" });
  const certificate = der.sequence(toBeSigned, ECDSA_WITH_SHA256, der.bitString(signature));
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

const newKey = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }).toString();

/** Each authority has a name of its own, or old and new ones would be taken for each other. */
const authorityName = (key: KeyObject): Buffer =>
  commonName(`fascia-webhook-ca-${keyId(key).toString("hex").slice(0, 16)}`);

const commonName = (text: string): Buffer =>
  der.sequence(der.set(der.sequence(der.oid("2.5.4.3"), der.utf8String(text))));

/** RFC 7093, section 2, method 1. The point of a P-256 key is the last 65 bytes of its SubjectPublicKeyInfo. */
function keyId(key: KeyObject): Buffer {
  const point = key.export({ type: "spki", format: "der" }).subarray(-65);
  return createHash("sha256").update(point).digest().subarray(0, 20);
}

const extension = (id: string, content: Buffer, critical = false): Buffer =>
  der.sequence(der.oid(id), ...(critical ? [der.TRUE] : []), der.octetString(content));

function alternativeName(name: string): Buffer {
  if (isIP(name) === 4) return der.implicit(7, Buffer.from(name.split(".").map(Number)));
  return der.implicit(2, Buffer.from(name, "ascii"));
}
