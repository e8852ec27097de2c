/** Where the certificate is kept and published. Everything may reject while the API server cannot be reached. */
export interface CertificateStore {
  /** Undefined where there is no such Secret. */
  readSecret(): Promise<StoredSecret | undefined>;
  /** Writes `data` over `version`, or creates the Secret without one; false where somebody else was quicker. */
  writeSecret(data: Record<string, string>, version: string | undefined): Promise<boolean>;
  /** The caBundle of each webhook of the configuration, PEM; undefined where there is no configuration. */
  readBundles(): Promise<string[] | undefined>;
  /** Sets the caBundle of every webhook of the configuration; false where somebody else changed it meanwhile. */
  writeBundle(bundle: string): Promise<boolean>;
}

export interface StoredSecret {
  /** Decoded texts by key. */
  data: Record<string, string>;
  /** Changes with every write; opaque. */
  version: string;
}
