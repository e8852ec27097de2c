import type { AdapterConfig } from "../../compile/config.ts";
import { contractKey } from "../../compile/config.ts";
import { type Contract, compileContract } from "../../mapping/contract.ts";
import type { Deps } from "../deps.ts";
import { Guard } from "../guard.ts";
import type { Meta } from "../../jetstream/headers.ts";
import { Route } from "./route.ts";

export interface OwnReply {
  payload: unknown;
  /** Paths of the ownership matrix that were taken out of it. */
  stripped: string[];
  /** Whether nothing is left of it after that. */
  isNothing: boolean;
}

/** A target's routes as one configuration has them, compiled. */
export class Plan {
  readonly revision: string;
  readonly #routes: Route[];
  readonly #replies = new Map<string, Contract>();
  readonly #guard: Guard | undefined;

  /** Throws FasciaError when an expression or a schema does not compile. */
  constructor(config: AdapterConfig, deps: Pick<Deps, "keys">) {
    this.revision = config.revision;
    this.#guard = Guard.of(config);
    this.#routes = config.routes.map((route) => new Route(route, config, deps));
    for (const { reply } of config.routes) {
      const spec = reply && config.contracts[contractKey(reply.contract, reply.version)];
      if (spec) this.#replies.set(contractKey(spec.contract, spec.version), compileContract(spec));
    }
  }

  /** Routes that take the message. `integration`, unless empty, restricts to one: a replay concerns the Integration that failed. */
  routesFor(meta: Meta, integration: string): Route[] {
    return this.#routes.filter((r) => r.matches(meta) && (integration === "" || r.config.integration === integration));
  }

  /**
   * What of a reply may be published: what its contract takes, without what is not the target's to say. Throws FasciaError
   * where it must not be.
   */
  reply(contract: string, version: string, said: unknown): OwnReply {
    const found = this.#replies.get(contractKey(contract, version));
    const guard = found?.spec.fhir && this.#guard;
    const own = guard ? guard.settled(said) : { payload: said, stripped: [], isNothing: false };
    if (!own.isNothing) found?.validate(own.payload);
    return own;
  }
}
