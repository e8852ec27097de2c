import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Secrets } from "../../src/adapters/adapter.ts";
import { FasciaError } from "../../src/base/errors.ts";

/** A certificate with its key and its authority's certificate, PEM: what a Secret of type kubernetes.io/tls holds. */
export interface Certificate {
  cert: Buffer;
  key: Buffer;
  ca: Buffer;
}

/** A certificate authority of its own in a temporary directory, made by the openssl command line. */
export class Authority {
  readonly #directory: string;
  #serial = 0;

  constructor(name = "Test Authority") {
    this.#directory = mkdtempSync(join(tmpdir(), "fascia-ca-"));
    const options = ["-x509", "-keyout", "ca.key", "-out", "ca.crt", "-days", "2", "-subj", `/CN=${name}`];
    this.#openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", ...options);
  }

  get ca(): Buffer {
    return this.#read("ca.crt");
  }

  /** A certificate for `commonName` that is valid as server for `names` (e.g. `DNS:localhost`) and as client. */
  issue(commonName: string, names: string[] = ["DNS:localhost", "IP:127.0.0.1"], days = 2): Certificate {
    const file = `leaf${++this.#serial}`;
    const request = ["-keyout", `${file}.key`, "-out", `${file}.csr`, "-subj", `/CN=${commonName}`];
    this.#openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", ...request);
    writeFileSync(join(this.#directory, `${file}.ext`), `subjectAltName=${names.join(",")}\n`);
    const signing = ["-CA", "ca.crt", "-CAkey", "ca.key", "-set_serial", `${this.#serial}`, "-days", `${days}`];
    this.#openssl("x509", "-req", "-in", `${file}.csr`, "-out", `${file}.crt`, "-extfile", `${file}.ext`, ...signing);
    return { cert: this.#read(`${file}.crt`), key: this.#read(`${file}.key`), ca: this.ca };
  }

  /** Removes the directory; certificates that were issued stay valid. */
  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #openssl(...args: string[]): void {
    execFileSync("openssl", args, { cwd: this.#directory, stdio: ["ignore", "ignore", "pipe"] });
  }

  #read(file: string): Buffer {
    return readFileSync(join(this.#directory, file));
  }
}

/** Secrets in memory, by name and key; what is set later counts at the next read. */
export class MemorySecrets implements Secrets {
  readonly #values = new Map<string, Buffer>();

  set(name: string, key: string, value: Buffer): this {
    this.#values.set(`${name}/${key}`, value);
    return this;
  }

  /** `tls.crt`, `tls.key` and `ca.crt`, as far as given. */
  setTls(name: string, certificate: Partial<Certificate>): this {
    const keys = { cert: "tls.crt", key: "tls.key", ca: "ca.crt" } as const;
    for (const part of ["cert", "key", "ca"] as const) {
      const value = certificate[part];
      if (value === undefined) this.#values.delete(`${name}/${keys[part]}`);
      else this.set(name, keys[part], value);
    }
    return this;
  }

  async read(name: string, key: string): Promise<Buffer> {
    const value = this.#values.get(`${name}/${key}`);
    if (value === undefined) throw new FasciaError("SecretMissing", `Secret ${name} has no key ${key}`);
    return value;
  }

  async readOptional(name: string, key: string): Promise<Buffer | undefined> {
    return this.#values.get(`${name}/${key}`);
  }
}
