import { expect, test } from "vitest";
import { aContractVersion, aTarget, aWorld, anIntegration } from "../../../test/builders/resources.ts";
import type { ContractVersion, ContractVersionSpec } from "../../api/contractversion.ts";
import { compile } from "../../compile/compile.ts";
import type { Meta } from "../../jetstream/headers.ts";
import { Plan } from "./plan.ts";

const key = { id: "k1", secret: Buffer.from("a key that only tests have") };
const deps = { keys: { hash: key, token: key, resourceId: key.secret } };

/** What the adapter `lab` sends of a message of `version`, when it accepts 1.0.0 and is cleared for Internal. */
async function sent(version: string, payload: unknown, versions: ContractVersion[]): Promise<unknown> {
  const { configs } = compile(aWorld(...versions, aTarget("lab"), anIntegration("visits")));
  const meta = {
    contract: "visit",
    version,
    source: "clinic/ehr",
    event: "A01",
    receivedAt: 0,
    messageId: "m",
  } as Meta;
  const [route] = configs.flatMap((config) => new Plan(config, deps).routesFor(meta, ""));
  const rendered = await route?.render(meta, payload);
  return rendered?.kind === "send" ? rendered.payload : rendered;
}

const hidden: ContractVersionSpec["sensitivity"] = [{ path: "ssn", level: "Restricted", minimise: "Remove" }];
const older = aContractVersion();
const down = (patch: NonNullable<ContractVersionSpec["translations"]>[number]["patch"]) =>
  aContractVersion({ version: "1.1.0", sensitivity: hidden, translations: [{ to: "1.0.0", patch }] });

test("who accepts an older version that says nothing of an element does not get what the newer one hides", async () => {
  const message = { ssn: "CANARY", ward: "north" };
  expect(await sent("1.1.0", message, [older, down([])])).toEqual({ ward: "north" });
  const moves = down([{ op: "move", from: "/ssn", path: "/number" }]);
  expect(await sent("1.1.0", message, [older, moves])).toEqual({ ward: "north" });
  const removes = down([{ op: "remove", path: "/ssn" }]);
  expect(await sent("1.1.0", message, [older, removes])).toEqual({ ward: "north" });
});

test("a message of the version that is accepted goes as that one says", async () => {
  expect(await sent("1.0.0", { ssn: "1" }, [older, down([])])).toEqual({ ssn: "1" });
});
