import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Period } from "./x509.ts";

/** What the Secret holds, PEM, by its keys. `ca.crt` has every authority to be trusted, the one that signs last. */
export interface Material {
  "tls.crt": string;
  "tls.key": string;
  "ca.crt": string;
  "ca.key": string;
}

/** What is to be known of the material to decide whether it can stay. */
export interface Held {
  authority: Period;
  certificate: Period & {
    names: string[];
    /** Whether the authority that signs today has signed it, and not one before. */
    current: boolean;
  };
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g;

/** Undefined where anything is missing, damaged, or does not belong together: then it is of no use. */
export function readMaterial(data: Partial<Record<string, string>>): { material: Material; held: Held } | undefined {
  const { "tls.crt": crt, "tls.key": key, "ca.crt": ca, "ca.key": caKey } = data;
  if (crt === undefined || key === undefined || ca === undefined || caKey === undefined) return undefined;
  const material: Material = { "tls.crt": crt, "tls.key": key, "ca.crt": ca, "ca.key": caKey };
  try {
    const held = examine(material);
    return held && { material, held };
  } catch {
    return undefined;
  }
}

function examine(material: Material): Held | undefined {
  const authorities = split(material["ca.crt"]).map((pem) => new X509Certificate(pem));
  const signer = authorities.at(-1);
  const certificate = new X509Certificate(material["tls.crt"]);
  if (!signer?.checkPrivateKey(createPrivateKey(material["ca.key"]))) return undefined;
  if (!certificate.checkPrivateKey(createPrivateKey(material["tls.key"]))) return undefined;
  const issuer = authorities.find((each) => certificate.checkIssued(each) && certificate.verify(each.publicKey));
  if (issuer === undefined) return undefined;
  const names = namesOf(certificate);
  return { authority: periodOf(signer), certificate: { ...periodOf(certificate), names, current: issuer === signer } };
}

/** The authorities of a bundle that still count at `now`. */
export function unexpired(bundle: string, now: number): string[] {
  return split(bundle).filter((pem) => periodOf(new X509Certificate(pem)).to > now);
}

const split = (bundle: string): string[] => bundle.match(PEM) ?? [];

export const periodOf = ({ validFromDate, validToDate }: X509Certificate): Period => ({
  from: validFromDate.getTime(),
  to: validToDate.getTime(),
});

function namesOf({ subjectAltName = "" }: X509Certificate): string[] {
  return subjectAltName.split(", ").map((name) => name.replace(/^(DNS|IP Address):/, ""));
}
