import { listed } from "../../base/listed.ts";
import { contractVersionName } from "../../api/contractversionname.ts";
import type { WritePath } from "../../api/datadomain.ts";
import { nameOf } from "../inuse.ts";
import { aboutDeliveries } from "./deliveries.ts";

/** What is written back into the system that owns an entity goes the ways that its domain names, where it names any. */
export const WRITE_PATH = aboutDeliveries("ownership/write-path", ({ adapter, delivered }, { ownership, domain }) => {
  const { entity, primary, writePaths } = ownership;
  const { namespace = "default", name } = adapter.metadata;
  const isThis = (way: WritePath) =>
    way.contract === delivered.contract && way.namespace === namespace && way.adapter === name;
  if (adapter.spec.system !== primary || writePaths?.some(isThis) !== false) return undefined;
  return (
    `${nameOf(adapter)} acts as the system ${adapter.spec.system}, which owns ${entity}: what is written back to it goes ` +
    `${waysOf(writePaths)}, and ${contractVersionName(delivered)}, which carries ${entity}, does not. Ask the owner of ` +
    `DataDomain ${domain.metadata.name} (${domain.spec.owner}) to name it in spec.entities, or deliver a contract without ${entity}`
  );
});

/** Enough to see what is meant. */
const TOLD = 3;

const waysOf = (ways: WritePath[]): string =>
  ways.length === 0
    ? "no way at all"
    : listed(
        ways.map(({ contract, namespace, adapter }) => `by ${contract} into ${namespace}/${adapter}`),
        TOLD,
      );
