import type { CertificateStore } from "../../src/operator/certificates/store.ts";

/** A Secret and a webhook configuration in memory, with the conflicts of a real one. */
export class MemoryStore implements CertificateStore {
  data: Record<string, string> | undefined;
  bundles: string[] | undefined = ["", ""];
  writes = 0;
  /** Called before each write, for what somebody else does meanwhile. */
  beforeWrite: () => void | Promise<void> = () => {};

  async readSecret() {
    return this.data && { data: this.data, version: `${this.writes}` };
  }

  async writeSecret(data: Record<string, string>, version: string | undefined) {
    await this.beforeWrite();
    if (version !== (this.data === undefined ? undefined : `${this.writes}`)) return false;
    this.data = data;
    this.writes++;
    return true;
  }

  async readBundles() {
    return this.bundles;
  }

  async writeBundle(bundle: string) {
    this.bundles = this.bundles?.map(() => bundle);
    return true;
  }
}
