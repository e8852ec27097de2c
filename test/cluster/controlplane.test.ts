import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ControlPlane, startControlPlane } from "../../hack/cluster/controlplane.ts";

let controlPlane: ControlPlane;

beforeAll(async () => {
  controlPlane = await startControlPlane({ admin: ["system:masters"], guest: ["visitors"] });
});

afterAll(() => controlPlane?.stop());

describe("The control plane for tests", () => {
  test("knows its users by their tokens, with their groups", async () => {
    const body = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
    const answer = await controlPlane
      .client("guest")
      .request("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", { body });
    const { userInfo } = (answer.body as { status: { userInfo: { username: string; groups: string[] } } }).status;
    expect(userInfo).toMatchObject({ username: "guest", groups: ["visitors", "system:authenticated"] });
  });

  test("lets a user do what its groups may, and no more", async () => {
    const secrets = "/api/v1/namespaces/default/secrets";
    expect((await controlPlane.client("admin").request("GET", secrets)).status).toBe(200);
    expect((await controlPlane.client("guest").request("GET", secrets)).status).toBe(403);
  });

  test("has no token for a user that it was not started with", () => {
    expect(() => controlPlane.token("nobody")).toThrow("without an identity nobody");
  });

  test("is gone once it was stopped", async () => {
    const another = await startControlPlane();
    await another.stop();
    await expect(fetch(`${another.url}/readyz`)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
  });
});
