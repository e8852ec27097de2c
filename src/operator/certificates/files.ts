import { readFile } from "node:fs/promises";
import path from "node:path";
import { FasciaError } from "../../base/errors.ts";
import type { CertificateSource, Serve } from "./serve.ts";

/**
 * A certificate that somebody else renews, cert-manager for instance, in a directory with `tls.crt` and `tls.key`: a
 * mounted Secret of type kubernetes.io/tls. Whoever renews it also has the API server trust it (cert-manager's
 * annotation `cert-manager.io/inject-ca-from`).
 */
export function certificateFiles(directory: string): CertificateSource {
  return {
    async look(serve: Serve) {
      const [cert, key] = await Promise.all([read(directory, "tls.crt"), read(directory, "tls.key")]);
      serve({ cert, key });
    },
  };
}

async function read(directory: string, name: string): Promise<string> {
  const file = path.join(directory, name);
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new FasciaError("TlsInvalid", `${file} cannot be read (${code ?? "unknown"})`, { cause });
  }
}
