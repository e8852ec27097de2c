import { compile } from "../compile/compile.ts";
import type { AdapterName } from "../compile/names.ts";
import type { Problem, Resources } from "../compile/resources.ts";
import type { Audit } from "../jetstream/audit/trail.ts";
import type { ConfigStore } from "../jetstream/config.ts";
import { HubProgram, type ProgramOptions } from "../jetstream/program.ts";
import { nextEndOf } from "../policy/exception/force.ts";
import { recordAdmitted, recordRefused } from "./audited.ts";
import { type LetPass, letPassOf, readLetPass } from "./letpass.ts";
import { type Manifests, type ManifestProblem, loadManifests } from "./manifests.ts";
import { missingSecrets } from "./missingsecrets.ts";
import { writeSecrets } from "./secrets.ts";
import { admitManifests } from "./verdicts.ts";

export interface ControlPlaneOptions extends ProgramOptions {
  manifests: string;
  secretsDir: string;
  audit: Audit;
}

/** What applying a directory came to. */
export interface Applied {
  /** Whether the directory's state is now in effect; false leaves everything as it was. */
  accepted: boolean;
  /** What was wrong (refused), or what is warned of, such as what does not resolve yet (accepted). */
  problems: ManifestProblem[];
  /** What goes on although the exception that let it pass has ended. */
  lapsed: ManifestProblem[];
  adapters: AdapterName[];
  /** When the next exception ends, milliseconds since the epoch. */
  nextEnd?: number | undefined;
}

/** The operator's work without Kubernetes: a directory of manifests becomes topology and configurations in the hub. */
export class ControlPlane {
  readonly #options: ControlPlaneOptions;
  readonly #program: HubProgram;
  /** As the directory was when it took effect. */
  #inEffect: Resources | undefined;
  /** What the process before this one has let pass. */
  readonly #letPass: LetPass | undefined;

  private constructor(options: ControlPlaneOptions, program: HubProgram, letPass: LetPass | undefined) {
    this.#options = options;
    this.#program = program;
    this.#letPass = letPass;
  }

  static async open(options: ControlPlaneOptions): Promise<ControlPlane> {
    const program = await HubProgram.open(options);
    const known = readLetPass(await program.recall());
    // A version before this one has remembered nothing of what it put into effect.
    const isFresh = known === undefined && (await program.configs.list()).length === 0;
    return new ControlPlane(options, program, isFresh ? new Set() : known);
  }

  get configs(): ConfigStore {
    return this.#program.configs;
  }

  /** Reads the directory and puts it into effect, all of it or nothing. */
  async apply(): Promise<Applied> {
    const manifests = await loadManifests(this.#options.manifests);
    const now = this.#options.clock.now();
    const admitted = await admitManifests(manifests, now, { former: this.#inEffect, letPass: this.#letPass });
    const refused = [...manifests.problems, ...admitted.refused];
    if (refused.length > 0) {
      recordRefused(admitted, now, this.#options.audit);
      return { accepted: false, problems: refused, lapsed: [], adapters: [] };
    }
    const compiled = compile(manifests.resources);
    await writeSecrets(this.#options.secretsDir, manifests.secrets);
    const conflicts = await this.#program.write(compiled, [letPassOf(admitted)]);
    for (const { name, reason } of conflicts) this.#options.log.error("topology conflict", { stream: name, reason });
    this.#inEffect = manifests.resources;
    recordAdmitted(admitted, now, this.#options.audit);
    const secrets = missingSecrets(manifests.resources.adapters, manifests.secrets);
    return {
      accepted: true,
      problems: [...admitted.warnings, ...located(secrets, manifests)],
      lapsed: admitted.lapsed,
      adapters: compiled.configs.map(({ namespace, name }) => ({ namespace, name })),
      nextEnd: nextEndOf(manifests.resources.policyExceptions, now),
    };
  }

  /** Keeps streams within their bounds until `stop`. */
  startRetention(): void {
    this.#program.startRetention();
  }

  stop(): Promise<void> {
    return this.#program.stop();
  }
}

/** Problems of resources, with the place in a file where each resource says it. */
function located(problems: Problem[], manifests: Manifests): ManifestProblem[] {
  return problems.map((problem) => {
    const place = manifests.locate(problem, problem.path) ?? { file: "", line: 0 };
    return { ...place, path: problem.path, reason: problem.reason };
  });
}
