import { contractVersionName } from "../../api/contractversionname.ts";
import { nameOf } from "../inuse.ts";
import { aboutDeliveries } from "./deliveries.ts";

/** What a domain lets only some systems have is delivered to none other. */
export const NO_CONSUMER = aboutDeliveries("ownership/no-consumer", ({ adapter, delivered }, { ownership, domain }) => {
  const { entity, primary, consumers } = ownership;
  const { system } = adapter.spec;
  if (system === primary || consumers?.includes(system) !== false) return undefined;
  return (
    `${nameOf(adapter)} acts as the system ${system}, which is no consumer of ${entity}, and ` +
    `${contractVersionName(delivered)} carries it: ask the owner of DataDomain ${domain.metadata.name} ` +
    `(${domain.spec.owner}) to name ${system} among its consumers, or deliver a contract without ${entity}`
  );
});
