import type { Server } from "node:net";
import type { ServerTls } from "../../api/meta.ts";
import type { SourceDeps } from "../adapter.ts";
import { RENEWAL_MS, type TlsMaterial, renewal } from "../tls.ts";

/** Takes over a certificate that was renewed, until `over` aborts. Never rejects. */
export async function keepRenewed(
  server: Server,
  spec: ServerTls,
  first: TlsMaterial,
  deps: SourceDeps,
  over: AbortSignal,
): Promise<void> {
  const renew = renewal(server, spec, first, deps.secrets);
  for (;;) {
    await deps.clock.sleep(RENEWAL_MS, over);
    if (over.aborted) return;
    try {
      if (await renew()) deps.log.info("http certificate renewed");
    } catch (error) {
      deps.log.warn("http certificate not renewed", { error });
    }
  }
}
