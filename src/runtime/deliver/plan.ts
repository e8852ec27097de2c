import type { AdapterConfig } from "../../compile/config.ts";
import { contractKey } from "../../compile/config.ts";
import { type Contract, compileContract } from "../../mapping/contract.ts";
import type { Deps } from "../deps.ts";
import type { Meta } from "../../jetstream/headers.ts";
import { Route } from "./route.ts";

/** A target's routes as one configuration has them, compiled. */
export class Plan {
  readonly revision: string;
  readonly #routes: Route[];
  readonly #replies = new Map<string, Contract>();

  /** Throws FasciaError when an expression or a schema does not compile. */
  constructor(config: AdapterConfig, deps: Pick<Deps, "keys">) {
    this.revision = config.revision;
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

  /** The contract that a reply must satisfy. */
  replyContract(contract: string, version: string): Contract | undefined {
    return this.#replies.get(contractKey(contract, version));
  }
}
