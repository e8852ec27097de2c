import { isDeepStrictEqual } from "node:util";
import type { ContractUse } from "../../src/api/contractversion-status.ts";
import { type Resource, byKind } from "../../src/compile/resources.ts";
import { judgeAndTry, triedWith } from "../../src/operator/admission/alone.ts";
import { lifeOf, seconds } from "../../src/operator/contractversion/life.ts";
import { Memory } from "../../src/operator/program/memory.ts";
import { type Programmable, Sound } from "../../src/operator/program/sound.ts";
import { EXAMPLE_FAILS } from "../../src/policy/compatibility/examples.ts";
import { translationFails } from "../../src/policy/compatibility/translations.ts";
import { evaluate } from "../../src/policy/evaluate.ts";
import { unlessExcepted } from "../../src/policy/exception/force.ts";
import { usersOf } from "../../src/policy/inuse.ts";
import type { Change, Rule, Verdict, World } from "../../src/policy/rule.ts";
import { RULES_AMONG } from "../../src/policy/rules.ts";
import { nameOf } from "./arbitraries.ts";

/** What an API server stores of a history, and what webhook and operator of one cluster say and write of it. */
export class ModelCluster {
  readonly #stored = new Map<string, Resource>();
  readonly #sharedAddress: boolean;
  #uses: ReadonlyMap<string, readonly ContractUse[]> = new Map();
  #denied: ReadonlySet<string> = new Set();
  #sound = new Sound();
  #made = 0;
  now: number;

  constructor(now: number, sharedAddress: boolean) {
    this.now = now;
    this.#sharedAddress = sharedAddress;
  }

  get all(): Resource[] {
    return [...this.#stored.values()];
  }

  get world(): World {
    const known = { uses: this.#uses, denied: this.#denied };
    return { ...byKind(this.#stored.values()), sharedAddress: this.#sharedAddress, ...known };
  }

  /** What applying `resource` asks of the webhook: a new one has its uid and age by then, and another spec is another generation. */
  applied(resource: Resource): Change {
    const old = this.#stored.get(nameOf(resource));
    const { uid, creationTimestamp, generation = 0 }: Record<string, unknown> = old?.metadata ?? {};
    const isOther = !isDeepStrictEqual(old?.spec, resource.spec);
    const metadata = {
      ...resource.metadata,
      uid: uid ?? `uid ${this.#made++}`,
      creationTimestamp: creationTimestamp ?? seconds(this.now),
      generation: Number(generation) + (isOther ? 1 : 0),
    };
    // What is stored is read anew: nothing known of another object's spec is known of it.
    const stored = { ...structuredClone(resource), metadata } as Resource;
    return { operation: old ? "UPDATE" : "CREATE", old, new: stored, dryRun: false, now: this.now };
  }

  deleted(resource: Resource): Change {
    return { operation: "DELETE", old: resource, dryRun: false, now: this.now };
  }

  /** As the webhook judges: what has to be tried is tried aside. */
  async byWebhook(change: Change): Promise<Verdict[]> {
    const { world } = this;
    const aside = await judgeAndTry(change, triedWith(change, world));
    return [
      ...aside.map((verdict) => unlessExcepted(verdict, change.new, world.policyExceptions, change.now)),
      ...evaluate(change, world, RULES_AMONG),
    ];
  }

  store({ old, new: resource }: Change): void {
    if (resource !== undefined) this.#stored.set(nameOf(resource), resource);
    else if (old !== undefined) this.#stored.delete(nameOf(old));
  }

  /** A process of the operator ends, and the next one knows what it has left. */
  restart(): void {
    this.#sound = new Sound(new Memory(this.#sound.standing().map(({ text }) => text())));
  }

  /** As the operator programs the hub, and writes into status what it found. */
  async reconcile(): Promise<Programmable> {
    const programmable = this.#sound.compile(this.world, [], this.now, undefined, await this.tried());
    const withheld = programmable.denials.map(({ resource }) => resource).filter(({ kind }) => kind === "DataDomain");
    this.#denied = new Set(withheld.map(({ metadata }) => metadata.name));
    const { world } = this;
    this.#uses = new Map(
      world.contractVersions.map((version) => {
        const { name } = version.metadata;
        const users = usersOf(version, world, this.now);
        return [name, lifeOf(version, users, this.#uses.get(name) ?? [], this.now).uses];
      }),
    );
    return programmable;
  }

  /** The rules that know what came of trying. */
  async tried(): Promise<Rule[]> {
    const { contractVersions } = this.world;
    return [EXAMPLE_FAILS, await translationFails(contractVersions, contractVersions)];
  }
}
