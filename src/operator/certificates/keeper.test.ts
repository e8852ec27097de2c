import { X509Certificate } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { MemoryStore } from "../../../test/builders/certificatestore.ts";
import { silentLog } from "../../telemetry/log.ts";
import { PERIODS } from "./decide.ts";
import { CertificateKeeper } from "./keeper.ts";
import { periodOf } from "./material.ts";
import type { ServingCertificate } from "./serve.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NAMES = ["fascia-webhook.fascia-system.svc"];

let store: MemoryStore;
let now: number;
const clock = { now: () => now };
const keeperOf = (names = NAMES) => new CertificateKeeper({ store, names, clock, log: silentLog });

beforeEach(() => {
  store = new MemoryStore();
  now = Date.UTC(2026, 10, 23);
});

async function look(keeper = keeperOf()): Promise<ServingCertificate> {
  let served: ServingCertificate | undefined;
  await keeper.look((certificate) => (served = certificate));
  if (served === undefined) throw new Error("nothing was served");
  return served;
}

const split = (bundle: string) => bundle.split(/(?=-----BEGIN)/).map((pem) => new X509Certificate(pem));

/** Whether someone who trusts `bundle` accepts `certificate` now. */
function trusts(bundle: string, { cert }: ServingCertificate): boolean {
  const leaf = new X509Certificate(cert);
  const counts = (each: X509Certificate) => periodOf(each).from <= now && now < periodOf(each).to;
  return counts(leaf) && split(bundle).some((ca) => counts(ca) && leaf.checkIssued(ca) && leaf.verify(ca.publicKey));
}

describe("The keeper of the certificate", () => {
  test("makes one, stores it, has it trusted by every webhook, and then serves it", async () => {
    const trusted: boolean[] = [];
    await keeperOf().look((served) => trusted.push(...(store.bundles ?? []).map((bundle) => trusts(bundle, served))));
    expect(trusted).toEqual([true, true]);
    expect(Object.keys(store.data ?? {}).sort()).toEqual(["ca.crt", "ca.key", "tls.crt", "tls.key"]);
  });

  test("writes nothing while nothing is due", async () => {
    const first = await look();
    now += 59 * DAY;
    expect(await look()).toEqual(first);
    expect(store.writes).toBe(1);
  });

  test("over three years never shows one that somebody who looked four hours ago does not trust", async () => {
    const keeper = keeperOf();
    const shown = new Set([(await look(keeper)).cert]);
    const authorities = new Set<string>();
    for (let hour = 0; hour < 3 * 365 * 24; hour += 4) {
      const before = store.bundles?.[0] ?? "";
      now += 4 * HOUR;
      const served = await look(keeper);
      shown.add(served.cert);
      for (const { fingerprint256 } of split(store.bundles?.[0] ?? "")) authorities.add(fingerprint256);
      expect(trusts(before, served)).toBe(true);
      expect(periodOf(new X509Certificate(served.cert)).to - now).toBeGreaterThan(28 * DAY);
      expect(split(store.bundles?.[0] ?? "").length).toBeLessThanOrEqual(2);
    }
    expect(shown.size).toBeGreaterThan(3 * 4);
    expect(authorities.size).toBeGreaterThan(3);
  });

  test("that was away for years begins anew", async () => {
    await look();
    now += 4 * PERIODS.authorityMs;
    expect(trusts(store.bundles?.[0] ?? "", await look())).toBe(false);
    const served = await look();
    expect(trusts(store.bundles?.[0] ?? "", served)).toBe(true);
  });

  test.each(["tls.crt", "tls.key", "ca.crt", "ca.key"])(
    "begins anew where %s is damaged, missing or another's",
    async (key) => {
      await look();
      const whole = { ...store.data };
      const other = new MemoryStore();
      await new CertificateKeeper({ store: other, names: NAMES, clock, log: silentLog }).look(() => {});
      for (const value of ["", "no PEM", other.data?.[key] ?? ""]) {
        store.data = { ...whole, [key]: value };
        const served = await look();
        expect(trusts(store.bundles?.[0] ?? "", served), value.slice(0, 10)).toBe(true);
      }
    },
  );

  test("repairs an authority that was taken out of a webhook", async () => {
    await look();
    const [bundle = ""] = store.bundles ?? [];
    store.bundles = ["", bundle];
    await look();
    expect(store.bundles).toEqual([bundle, bundle]);
  });

  test("serves, but says so, where there is no webhook configuration", async () => {
    store.bundles = undefined;
    let served = false;
    await expect(keeperOf().look(() => (served = true))).rejects.toMatchObject({ code: "WebhookConfigurationMissing" });
    expect(served).toBe(true);
  });

  test("takes what another operator wrote meanwhile", async () => {
    store.beforeWrite = async () => {
      store.beforeWrite = () => {};
      await look();
    };
    const served = await look();
    expect(store.writes).toBe(1);
    expect(served.cert).toBe(store.data?.["tls.crt"]);
  });

  test("gives up for now where somebody else keeps changing the Secret", async () => {
    store.beforeWrite = () => void (store.writes++, (store.data = { ...store.data, note: "changed" }));
    await expect(look()).rejects.toMatchObject({ code: "CertificateContended" });
  });

  test("publishes the authority though somebody else changes the webhook configuration meanwhile", async () => {
    const write = store.writeBundle.bind(store);
    const answers = [false, true];
    store.writeBundle = async (bundle) => (answers.shift() === true ? write(bundle) : false);
    const served = await look();
    expect(trusts(store.bundles?.[0] ?? "", served)).toBe(true);
    expect(answers).toEqual([]);
  });
});
