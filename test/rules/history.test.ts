import fc from "fast-check";
import { expect, test } from "vitest";
import { DAY_MS } from "../../src/base/days.ts";
import { type Resource, byKind, everyOne } from "../../src/compile/resources.ts";
import { permitted } from "../../src/operator/program/permit.ts";
import type { Programmable } from "../../src/operator/program/sound.ts";
import { type Change, RULE_IDS, type RuleId, type Verdict, type World } from "../../src/policy/rule.ts";
import { RULES_ALONE, RULES_AMONG } from "../../src/policy/rules.ts";
import { judgeAndTryState } from "../../src/policy/trystate.ts";
import { type ManifestVerdict, admitManifests, judgeManifests } from "../../src/standalone/verdicts.ts";
import { START, nameOf } from "./arbitraries.ts";
import { ModelCluster } from "./modelcluster.ts";
import { type Step, histories } from "./steps.ts";

/**
 * Of any history the webhook judges each step as the change that it is, the operator what came of it with what it
 * remembers, `fascia lint` and `fascia run` the same as manifests: where they say something of one thing, it is the same.
 */

const idsOf = (judges: "State" | "Transition"): ReadonlySet<string> =>
  new Set([...RULES_ALONE, ...RULES_AMONG].filter((rule) => rule.judges === judges).map(({ id }) => id));
const TRANSITIONS = idsOf("Transition");
const STATE = new Set([...idsOf("State"), "compatibility/translation-fails"]);
/** Of a directory nobody knows who wrote an approval. */
const BELIEVED = "exception/approval";
/** What the operator finds in compiling is a problem, and no denial. */
const COMPILED = "spec/unusable";
const USES: ReadonlySet<string> = new Set(["lifecycle/new-use", "lifecycle/existing-use"]);
const NOTHING_IN_EFFECT = { isStanding: () => false, before: () => undefined };

type Said = Pick<Verdict, "severity" | "rule" | "path" | "message"> & { resource: Resource };
const saidOf = (all: readonly { resource: Resource; verdicts: readonly Verdict[] }[]): Said[] =>
  all.flatMap(({ resource, verdicts }) => verdicts.map((verdict) => ({ ...verdict, resource })));
const saidOfManifests = (all: readonly ManifestVerdict[]): Said[] =>
  all.map(({ reason, ...verdict }) => ({ ...verdict, message: reason }));

const textOf = ({ resource, severity, rule, path, message }: Said): string =>
  `${nameOf(resource)}: ${severity} ${rule} ${path}: ${message}`;
const texts = (all: readonly Said[]): string[] => [...new Set(all.map(textOf))].toSorted();
const denials = <V extends Pick<Verdict, "severity">>(all: readonly V[]): V[] =>
  all.filter(({ severity }) => severity === "Deny");

/** Who used what since when, only a cluster keeps account of: elsewhere there is no more to say than that it is used. */
const unaccounted = (said: Said): Said =>
  USES.has(said.rule) ? { ...said, severity: "Warn", rule: "lifecycle/existing-use", message: "" } : said;

const asManifests = (resources: Iterable<Resource>) => ({ resources: byKind(resources), locate: () => undefined });

/** Applied to the cluster from a directory, and as an edit of a directory that runs. */
async function manifestsAgree(change: Change, webhook: Said[], { world, now }: ModelCluster): Promise<void> {
  const { old, new: resource } = change;
  if (resource === undefined) return;
  const { sharedAddress } = world;
  const applied = await judgeManifests(asManifests([resource]), now, { sharedAddress, cluster: world });
  // Of two that forbid one another and are there both as they were, a directory tells the later one alone.
  const isOther = old?.metadata["generation"] !== resource.metadata["generation"];
  const compared = isOther ? texts : (all: Said[]) => texts(denials(all));
  expect(compared(saidOfManifests(applied))).toEqual(compared(webhook));

  const others = everyOne(world).filter((each) => nameOf(each) !== nameOf(resource));
  const run = await admitManifests(asManifests([...others, resource]), now, { former: world });
  const edits = saidOfManifests([...run.refused, ...run.lapsed, ...run.warnings]);
  const compares = ({ rule }: Said) => TRANSITIONS.has(rule) && rule !== BELIEVED;
  expect(texts(edits.filter(compares))).toEqual(texts(webhook.filter(compares)));
}

/** The state as it is, whoever is asked. */
async function statesAgree(world: World, now: number, rules: Parameters<typeof permitted>[3]): Promise<Said[]> {
  const { denied: _known, ...unknown } = world;
  const state = saidOf(await judgeAndTryState(unknown, now));
  const manifests = asManifests(everyOne(world));
  const lint = saidOfManifests(await judgeManifests(manifests, now, { sharedAddress: world.sharedAddress }));
  expect(texts(lint.map(unaccounted))).toEqual(texts(state.map(unaccounted)));
  const operator = saidOf(permitted(world, now, NOTHING_IN_EFFECT, rules).denials);
  expect(texts(operator)).toEqual(texts(denials(state).filter(({ rule }) => rule !== COMPILED)));
  return state;
}

/** `<resource> <uid> <generation>` of all that has taken effect as it stands. */
function takenOf(cluster: ModelCluster, { denials: denied, problems }: Programmable): Set<string> {
  const withheld = new Set(denied.filter(({ goesOn }) => !goesOn).map(({ resource }) => nameOf(resource)));
  for (const { invalid, kind, namespace = "", name } of problems)
    if (invalid) withheld.add(`${kind} ${namespace}/${name}`);
  return new Set(cluster.all.filter((each) => !withheld.has(nameOf(each))).map(specOf));
}
const specOf = ({ metadata, ...named }: Resource): string =>
  `${nameOf({ ...named, metadata } as Resource)} ${String(metadata["uid"])} ${String(metadata["generation"])}`;

/** What only who makes the change can be told: of the state it is another resource's fault, or nobody's. */
const isOfTheChange = ({ rule, path }: Said, { operation }: Change): boolean =>
  (rule === "compatibility/translation-fails" && !path.startsWith("spec.translations")) ||
  (rule === "lifecycle/new-use" && operation === "UPDATE" && path === "spec.event.from");

const seen = new Set<string>();
const see = (all: readonly (Said & Pick<Verdict, "exception" | "lapsed">)[]): void => {
  for (const { severity, rule, exception, lapsed } of all) {
    seen.add(`${severity} ${rule}`);
    if (exception !== undefined) seen.add(`excepted ${rule}`);
    if (lapsed !== undefined) seen.add(`lapsed ${rule}`);
  }
};

async function follow(steps: readonly Step[], sharedAddress: boolean): Promise<void> {
  const cluster = new ModelCluster(START, sharedAddress);
  let taken = new Set<string>();
  for (const step of steps) {
    cluster.now += step.days * DAY_MS;
    let before = await cluster.reconcile();
    if (step.restarts) {
      cluster.restart();
      const again = await cluster.reconcile();
      expect(again.denials, "after a restart").toEqual(before.denials);
      before = again;
    }
    const isAllTaken = takenOf(cluster, before).size === cluster.all.length && before.denials.length === 0;
    expect(
      [...taken].filter((each) => !takenOf(cluster, before).has(each)),
      "ended by time alone",
    ).toEqual([]);
    const change = step.ask(cluster);
    const resource = change?.new ?? change?.old;
    if (change === undefined || resource === undefined) continue;
    const webhook = saidOf([{ resource, verdicts: await cluster.byWebhook(change) }]);
    see(webhook);
    await manifestsAgree(change, webhook, cluster);
    if (step.unasked || denials(webhook).length === 0) cluster.store(change);
    see(await statesAgree(cluster.world, cluster.now, await cluster.tried()));
    taken = takenOf(cluster, await cluster.reconcile());
    // Beside what should not be there the webhook asks for more: that nothing contradicts that, either.
    if (change.new === undefined || !cluster.all.includes(change.new) || !isAllTaken) continue;
    const refusals = denials(webhook).filter((said) => STATE.has(said.rule) && !isOfTheChange(said, change));
    if (denials(webhook).length === 0 || refusals.length > 0) {
      expect(taken.has(specOf(change.new)), texts(refusals).join("\n")).toBe(refusals.length === 0);
      seen.add(refusals.length === 0 ? "taken" : "withheld");
    }
  }
}

/** These look at who asks, or at what is no resource at all. */
const OTHERS: ReadonlySet<RuleId> = new Set([
  "resource/invalid",
  "authority/not-steward",
  "authority/class-use",
  "exception/requested-by",
]);
/** These never deny. */
const WARNING: ReadonlySet<RuleId> = new Set([
  "references/unresolved",
  "contracts/in-use",
  "lifecycle/existing-use",
  "ownership/domain-in-use",
  "baseline/falls-outside",
]);

test("of any history all four say the same at each step", { timeout: 120_000 }, async () => {
  await fc.assert(fc.asyncProperty(histories, fc.boolean(), follow), {
    numRuns: 500,
    seed: 1,
  });
  // It would be nothing to agree on where there is nothing to say.
  const rules = RULE_IDS.filter((id) => !OTHERS.has(id));
  expect([...seen]).toEqual(expect.arrayContaining(rules.map((id) => `${WARNING.has(id) ? "Warn" : "Deny"} ${id}`)));
  const ended = ["ownership/system-claim", "ownership/domains-overlap"].flatMap((id) => [
    `excepted ${id}`,
    `lapsed ${id}`,
  ]);
  expect([...seen]).toEqual(expect.arrayContaining(["taken", "withheld", ...ended]));
});
