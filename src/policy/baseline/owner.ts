import type { Rule } from "../rule.ts";
import { classOf } from "../../compile/adapterclass.ts";
import { requiredBy } from "./requiredby.ts";

/** Whom to call when messages stop has to be known before they do. */
export const OWNER_CONTACT: Rule = {
  id: "baseline/owner",
  judges: "State",
  check({ new: resource }, { adapterClasses }) {
    if (resource?.kind !== "Adapter") return [];
    const found = classOf(resource, adapterClasses);
    if (!found?.spec.require.ownerContact || hasContact(resource.spec.owner)) return [];
    const message =
      `the owner ${JSON.stringify(resource.spec.owner)} has no address, and ${requiredBy(found)}: add one, as in ` +
      "`registration <reg@hospital.example>`";
    return [{ severity: "Deny", path: "spec.owner", message }];
  },
};

const hasContact = (owner: string): boolean => /<[^\s<>@]+@[^\s<>@]+>/.test(owner);
