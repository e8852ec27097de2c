import type { Command } from "commander";
import type { Hub } from "../jetstream/hub.ts";
import { FasciaError } from "../base/errors.ts";
import { adapterRef } from "../compile/names.ts";
import { type Quarantined, findQuarantined, replay } from "../ledger/quarantine.ts";
import { type HubOptions, sameHub, withHub, withHubOptions } from "./hubcommand.ts";

export function register(program: Command): void {
  withHubOptions(program.command("replay"))
    .argument("<id...>", "what `fascia quarantine list` shows as ID, or ids of messages")
    .summary("send again what failed")
    .description(
      "Sends again what is in quarantine under these ids, through the mapping as it is now. What was delivered is never sent again.",
    )
    .action((ids: string[], options: HubOptions) => replayAll(ids, options));
}

/** What can't be sent again does not keep the others from it; the first reason becomes the command's failure. */
async function replayAll(ids: string[], options: HubOptions): Promise<void> {
  await withHub(options, async (hub) => {
    const missing: string[] = [];
    const refused: FasciaError[] = [];
    for (const id of ids) {
      const found = await findQuarantined(hub, id);
      if (found.length === 0) missing.push(id);
      for (const q of found) {
        await replayOne(hub, q, sameHub(options)).catch((error: unknown) => {
          if (!(error instanceof FasciaError) || error.code !== "NotReplayable") throw error;
          refused.push(error);
        });
      }
    }
    if (missing.length > 0) {
      throw new FasciaError(
        "NotFound",
        `not in quarantine: ${missing.join(", ")}; \`fascia quarantine list${sameHub(options)}\` shows what is, and what was delivered is not sent again`,
      );
    }
    if (refused[0]) throw refused[0];
  });
}

async function replayOne(hub: Hub, q: Quarantined, where: string): Promise<void> {
  await replay(hub, q, Date.now());
  const what =
    q.integration === "" ? `normalising at ${adapterRef(q.adapter)}` : `${q.integration} → ${adapterRef(q.adapter)}`;
  process.stdout.write(
    `${q.id}: sent again (${what}); \`fascia trace ${q.meta.messageId}${where}\` shows how it goes\n`,
  );
}
