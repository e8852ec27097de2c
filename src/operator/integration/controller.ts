import { integrationKind } from "../../api/integration-kind.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Cache } from "../manager/cache.ts";
import { INTEGRATIONS } from "../kinds.ts";
import { Controller, type ControllerDeps } from "../manager/controller.ts";
import { own, specChanged } from "../manager/watches.ts";
import type { ProgramState } from "../program/state.ts";
import { integrationVerdicts } from "../status/integration.ts";
import { type ServedObject, writeStatus } from "../status/write.ts";

interface ServedIntegration extends ServedObject {
  spec?: { event?: { to?: unknown[] } };
}

export interface IntegrationParts {
  client: KubeClient;
  integrations: Cache<ServedIntegration>;
  state: ProgramState;
}

/** Says of each Integration what came of it: its routes are programmed together with everything else. */
export function integrationController(parts: IntegrationParts, deps: ControllerDeps): Controller {
  const { client, integrations, state } = parts;
  const watches = [own(integrations, { when: specChanged }), state.watch(integrations)];
  return new Controller(
    {
      name: "integration",
      watches,
      reconcile: async (key) => {
        const integration = integrations.get(key);
        if (!integration || !state.isKnown) return {};
        const verdicts = integrationVerdicts({
          invalid: state.invalid(integrationKind.kind, integration),
          missing: state.missing(integrationKind.kind, integration),
          hub: state.hubOf(integration),
          targets: integration.spec?.event?.to?.length ?? 0,
        });
        await writeStatus(client, INTEGRATIONS, integration, verdicts, {}, deps.clock.now());
        return {};
      },
    },
    deps,
  );
}
