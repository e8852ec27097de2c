import { EXAMPLE_FAILS } from "./compatibility/examples.ts";
import { BREAKS_PROMISE } from "./compatibility/promise.ts";
import { CLASS_USE } from "./authority/classuse.ts";
import { NOT_STEWARD } from "./authority/steward.ts";
import { FALLS_OUTSIDE } from "./baseline/falls.ts";
import { BASELINE } from "./baseline/rules.ts";
import { CLOSED } from "./changewindow.ts";
import { DOMAIN_DIFFERS } from "./domain.ts";
import { APPROVAL, CHANGED, REQUESTED_BY, TOO_LONG, UNKNOWN_RULE } from "./exception/rules.ts";
import { IN_USE } from "./inuse.ts";
import { INSTANT_MOVED } from "./lifecycle/instants.ts";
import { PUBLISHED_CHANGED } from "./lifecycle/published.ts";
import { RETIRED_IN_USE } from "./lifecycle/retired.ts";
import { EXISTING_USE, NEW_USE } from "./lifecycle/use.ts";
import { WINDOW_TOO_SHORT } from "./lifecycle/window.ts";
import { PORT_TAKEN } from "./listen.ts";
import { NEVER_RESOLVES } from "./neverresolves.ts";
import { FOREIGN_FIELD } from "./ownership/foreign.ts";
import { NO_CONSUMER } from "./ownership/consumer.ts";
import { DOMAIN_IN_USE } from "./ownership/domaininuse.ts";
import { DOMAINS_OVERLAP } from "./ownership/overlap.ts";
import { SYSTEM_CLAIM } from "./ownership/systemclaim.ts";
import { WRITE_PATH } from "./ownership/writepath.ts";
import type { Rule } from "./rule.ts";
import { NOT_MINIMISED } from "./sensitivity.ts";
import { UNRESOLVED } from "./unresolved.ts";
import { UNUSABLE } from "./unusable.ts";

/** Rules that look at the changed resource alone. They compile schemas and expressions: what they cost is up to its author. */
export const RULES_ALONE: readonly Rule[] = [UNUSABLE, EXAMPLE_FAILS];

/** Rules that look at the changed resource among the others. They cost little, whatever stands in it. */
export const RULES_AMONG: readonly Rule[] = [
  NEVER_RESOLVES,
  DOMAIN_DIFFERS,
  BREAKS_PROMISE,
  PORT_TAKEN,
  UNRESOLVED,
  IN_USE,
  INSTANT_MOVED,
  PUBLISHED_CHANGED,
  RETIRED_IN_USE,
  WINDOW_TOO_SHORT,
  SYSTEM_CLAIM,
  DOMAINS_OVERLAP,
  DOMAIN_IN_USE,
  FOREIGN_FIELD,
  NO_CONSUMER,
  WRITE_PATH,
  NEW_USE,
  EXISTING_USE,
  NOT_STEWARD,
  CLASS_USE,
  CLOSED,
  TOO_LONG,
  UNKNOWN_RULE,
  CHANGED,
  REQUESTED_BY,
  APPROVAL,
  NOT_MINIMISED,
  ...BASELINE,
  FALLS_OUTSIDE,
];
