import { expect, test } from "vitest";
import { aDataDomain, aWorld } from "../../../test/builders/resources.ts";
import { type Answered, aReview } from "../../../test/builders/reviews.ts";
import { AuditSink } from "../../../test/builders/auditsink.ts";
import { createOperatorMetrics } from "../../telemetry/operatormetrics.ts";
import type { KubeObject } from "../kube/resource.ts";
import { accessReview } from "./access.ts";
import { judge } from "./judge.ts";

/** What an authorizer behind the API server is asked about who creates a domain, and whether that was allowed. */
async function asked(userInfo: object): Promise<{ spec: unknown; allowed: boolean }> {
  let spec: unknown;
  const create = <T extends KubeObject>(_type: object, object: T): Promise<T> => {
    ({ spec } = object as unknown as { spec: unknown });
    return Promise.resolve({ ...object, status: { allowed: true } });
  };
  const body = Buffer.from(JSON.stringify(aReview(aDataDomain(), { userInfo })));
  const answer = await judge(body, {
    world: () => aWorld(),
    access: accessReview({ create }),
    aside: { judge: () => Promise.resolve([]) },
    clock: { now: () => 0 },
    metrics: createOperatorMetrics({ process: false }),
    audit: new AuditSink(),
  });
  return { spec, allowed: (JSON.parse(answer) as Answered).response.allowed };
}

const resourceAttributes = { group: "fascia.dev", verb: "steward", resource: "datadomains", name: "care" };

test("The API server is asked about a user by all that it told of them", async () => {
  const extra = { "scopes.example.com": ["steward", "read"], "example.com/session": [] };
  const user = { username: "ada", uid: "7c0", groups: ["board"], extra };
  const spec = { user: "ada", uid: "7c0", groups: ["board"], extra, resourceAttributes };
  expect(await asked(user)).toEqual({ spec, allowed: true });
});

test("What is no such thing is told to nobody", async () => {
  const user = {
    username: "ada",
    uid: 7,
    groups: "board",
    extra: { scopes: "all", ["__proto__"]: ["x", 1], none: null },
  };
  const extra = { scopes: [], ["__proto__"]: ["x"], none: [] };
  expect((await asked(user)).spec).toEqual({ user: "ada", uid: "", groups: [], extra, resourceAttributes });
  expect((await asked({ username: "ada", extra: ["scopes"] })).spec).toMatchObject({ extra: {} });
});
