import type { Rule } from "../rule.ts";
import { NAMING } from "./naming.ts";
import { OWNER_CONTACT } from "./owner.ts";
import { SERVICE_LEVEL } from "./servicelevel.ts";
import { TLS } from "./tls.ts";

/** What an AdapterClass may require. Each looks at an Adapter and its class alone. */
export const BASELINE: readonly Rule[] = [TLS, OWNER_CONTACT, NAMING, SERVICE_LEVEL];
