import type { Adapter } from "../../api/adapter.ts";
import type { Rule, RuleId, World } from "../rule.ts";
import { NAMING } from "./naming.ts";
import { OWNER_CONTACT } from "./owner.ts";
import { SERVICE_LEVEL } from "./servicelevel.ts";
import { TLS } from "./tls.ts";

/** What an AdapterClass may require. Each looks at an Adapter and its class alone. */
export const BASELINE: readonly Rule[] = [TLS, OWNER_CONTACT, NAMING, SERVICE_LEVEL];

/** The rules that `adapter` breaks. What an exception lets pass falls outside, too, and it is the same at any time. */
export const brokenBy = (adapter: Adapter, world: World): RuleId[] =>
  BASELINE.filter(
    (rule) => rule.check({ operation: "CREATE", new: adapter, dryRun: false, now: 0 }, world).length > 0,
  ).map(({ id }) => id);
