import { usesDeprecated } from "../contractversion/notices.ts";
import type { Users } from "../contractversion/users.ts";
import { INTEGRATIONS } from "../kinds.ts";
import type { Cache } from "../manager/cache.ts";
import type { Controller, ControllerDeps } from "../manager/controller.ts";
import type { ProgramState } from "../program/state.ts";
import { reportController } from "../report/controller.ts";
import type { ServedObject, Teller } from "../report/write.ts";
import { integrationVerdicts } from "../status/integration.ts";

interface ServedIntegration extends ServedObject {
  spec?: { event?: { to?: { adapter: string }[] } };
}

export interface IntegrationParts {
  teller: Teller;
  integrations: Cache<ServedIntegration>;
  state: ProgramState;
  users: Pick<Users, "usedBy" | "watchOf">;
}

/** Says of each Integration what came of it: its routes are programmed together with everything else. */
export function integrationController(
  { teller, integrations, state, users }: IntegrationParts,
  deps: ControllerDeps,
): Controller {
  const verdictsOf = (integration: ServedIntegration) =>
    integrationVerdicts({
      invalid: state.invalid(integration),
      denied: state.judgement(integration)?.denied,
      missing: state.missing(integration),
      hub: state.judgedHubOf(integration),
      deprecated: usesDeprecated(users.usedBy(integration), deps.clock.now()),
      targets: (integration.spec?.event?.to ?? []).map(({ adapter }) => adapter),
    });
  return reportController(
    { teller, type: INTEGRATIONS, cache: integrations, state, verdictsOf, watches: [users.watchOf(integrations)] },
    deps,
  );
}
