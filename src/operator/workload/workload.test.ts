import { describe, expect, it } from "vitest";
import { allSettings, listens, sends, servedAdapter, settings, visit } from "../../../test/builders/workloads.ts";
import { TEMPLATE_HASH } from "./deployment.ts";
import { selectorText, workloadNames } from "./names.ts";
import type { WorkloadSettings } from "./settings.ts";
import { type Workload, keysSecretOf, workloadOf } from "./workload.ts";

const kindsOf = ({ objects }: Workload): string[] => objects.map(({ kind }) => kind);
const specOf = <T>(workload: Workload, kind: string): T =>
  workload.objects.find((object) => object.kind === kind)?.spec as T;

interface Pod {
  containers: [
    { args: string[]; volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[] } & Record<
      string,
      unknown
    >,
  ];
  volumes: ({ name: string } & Record<string, unknown>)[];
  terminationGracePeriodSeconds: number;
  securityContext: object;
  [field: string]: unknown;
}
const podOf = (spec?: object, set: WorkloadSettings = settings): Pod =>
  specOf<{ template: { spec: Pod } }>(workloadOf(servedAdapter(spec), set), "Deployment").template.spec;
const hashOf = (spec: object, set: WorkloadSettings = settings): string | undefined =>
  workloadOf(servedAdapter(spec), set).objects.find(({ kind }) => kind === "Deployment")?.metadata.annotations?.[
    TEMPLATE_HASH
  ];

describe("What is made for an Adapter", () => {
  it.each([
    ["one that listens", listens, ["ServiceAccount", "NetworkPolicy", "Service", "Deployment"]],
    ["one that only sends", sends, ["ServiceAccount", "NetworkPolicy", "Deployment"]],
    [
      "one with replicas",
      { ...sends, replicas: 2 },
      ["ServiceAccount", "NetworkPolicy", "PodDisruptionBudget", "Deployment"],
    ],
    ["one that is stopped", { ...sends, replicas: 0 }, ["ServiceAccount", "NetworkPolicy", "Deployment"]],
  ])("%s", (_title, spec, kinds) => {
    expect(kindsOf(workloadOf(servedAdapter(spec), settings))).toEqual(kinds);
  });

  it("leaves nothing out: what is not made is named, to be removed where it was", () => {
    const every = ["ServiceAccount", "ConfigMap", "NetworkPolicy", "Service", "PodDisruptionBudget", "Deployment"];
    for (const spec of [listens, sends, { ...listens, replicas: 3 }])
      for (const set of [settings, allSettings, { ...settings, networkPolicy: false }]) {
        const made = workloadOf(servedAdapter(spec), set);
        expect([...kindsOf(made), ...made.absent.map(({ kind }) => kind)].sort()).toEqual(every.toSorted());
      }
  });

  it("belongs to the Adapter, in its namespace, and carries the same labels everywhere", () => {
    const { objects } = workloadOf(servedAdapter({ ...listens, replicas: 2 }), allSettings);
    for (const { metadata } of objects) {
      expect(metadata).toMatchObject({ namespace: "clinic", labels: { "app.kubernetes.io/instance": "fascia-ehr" } });
      expect(metadata.ownerReferences).toEqual([
        {
          apiVersion: "fascia.dev/v1alpha1",
          kind: "Adapter",
          name: "ehr",
          uid: "8e6ad1a1-5b0a-4c6e-9d0f-000000000001",
          controller: true,
          blockOwnerDeletion: true,
        },
      ]);
    }
    expect(selectorText("ehr")).toBe("app.kubernetes.io/name=fascia-adapter,app.kubernetes.io/instance=fascia-ehr");
  });

  it("fits into 63 characters, begins with a letter, and is another for another Adapter", () => {
    const long = "x".repeat(62);
    const adapters = ["ehr", "7north", "ehr-nats", `${long}a`, `${long}b`, `${"x".repeat(47)}-${"y".repeat(15)}`];
    // Whoever chooses names may choose what another one's objects are called.
    const cut = workloadNames(`${long}a`).base.replace("fascia-", "");
    adapters.push(cut, workloadNames(cut).base.replace("fascia-", ""));
    const names = adapters.map(workloadNames);
    for (const name of names.flatMap((each) => Object.values(each)))
      expect(name).toMatch(/^[a-z][a-z0-9-]{0,61}[a-z0-9]$/);
    const secrets = names.flatMap(({ credentials, keys }) => [credentials, keys]);
    for (const kind of [secrets, names.map(({ base }) => base)]) expect(new Set(kind).size).toBe(kind.length);
  });
});

describe("A pod of an Adapter", () => {
  it("may do nothing that it need not", () => {
    const pod = podOf();
    expect(pod).toMatchObject({
      serviceAccountName: "fascia-ehr",
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: "RuntimeDefault" } },
    });
    expect(pod.containers[0]["securityContext"]).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(pod.containers[0].volumeMounts.filter(({ readOnly }) => readOnly !== true)).toEqual([]);
  });

  it("leaves the user to the platform where that chooses it", () => {
    const { user: _, ...platform } = settings;
    expect(podOf(listens, platform).securityContext).toEqual({
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    });
  });

  it("runs `fascia adapter` with what is mounted", () => {
    expect(podOf().containers[0].args.join(" ")).toBe(
      "adapter ehr --namespace clinic --nats nats://nats.messaging.svc:4222 --nats-creds /etc/fascia/nats " +
        "--keys /etc/fascia/keys/keys.json --secrets /etc/fascia/secrets --telemetry *:9464 --drain-timeout 60 --json",
    );
  });

  it("has the keys under the name that is mounted", () => {
    const { metadata, data } = keysSecretOf(servedAdapter(), "{}\n");
    expect(data).toEqual({ "keys.json": Buffer.from("{}\n").toString("base64") });
    expect(podOf().volumes[0]).toMatchObject({ name: "keys", secret: { secretName: metadata.name } });
  });

  it("shows no credentials where NATS wants none", () => {
    const pod = podOf(listens, { ...settings, nats: { url: "nats://hub:4222", credentials: false } });
    expect(pod.containers[0].args).not.toContain("--nats-creds");
    expect(pod.volumes.map(({ name }) => name)).toEqual(["keys"]);
  });

  it("has the Secrets of its system as directories, whether they are there yet or not", () => {
    const tls = { secretName: "lab.tls" };
    const target = { url: "https://lab.hospital.example/in", tls, bearerTokenRef: { name: "token", key: "t" } };
    const pod = podOf({ http: { source: { port: 80, tls }, target }, emits: [visit], accepts: [visit] });
    const mounts = pod.containers[0].volumeMounts.filter(({ name }) => name.startsWith("secret-"));
    expect(mounts.map(({ mountPath }) => mountPath)).toEqual([
      "/etc/fascia/secrets/clinic/lab.tls",
      "/etc/fascia/secrets/clinic/token",
    ]);
    const volumes = pod.volumes.filter(({ name }) => name.startsWith("secret-"));
    expect(volumes.map(({ secret }) => secret)).toEqual(
      ["lab.tls", "token"].map((secretName) => ({ secretName, defaultMode: 0o444, optional: true })),
    );
    expect(JSON.stringify(pod)).not.toContain("subPath");
  });

  it("may take longer to end than its drain does", () => {
    for (const drainTimeoutSeconds of [1, 60, 3600])
      expect(podOf({ ...listens, drainTimeoutSeconds }).terminationGracePeriodSeconds).toBe(drainTimeoutSeconds + 8);
  });

  it("listens below 1024 without a capability", () => {
    const pod = podOf({ http: { source: { port: 443 } }, emits: [visit] });
    expect(pod.securityContext).toMatchObject({
      sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }],
    });
    expect(podOf().securityContext).not.toHaveProperty("sysctls");
  });

  it("has the resources that the Adapter says, or those of the settings", () => {
    const own = { limits: { cpu: 1, memory: "1Gi" } };
    expect(podOf({ ...listens, resources: own }).containers[0]["resources"]).toEqual(own);
    expect(podOf().containers[0]["resources"]).toEqual(settings.resources);
  });

  it("is placed and pulled as the Adapter and the settings say", () => {
    const pod = {
      nodeSelector: { zone: "dmz" },
      tolerations: [{ key: "dmz", operator: "Exists" as const }],
      priorityClassName: "clinical",
    };
    expect(podOf({ ...listens, pod: { ...pod, imagePullSecrets: [{ name: "own" }] } }, allSettings)).toMatchObject({
      ...pod,
      imagePullSecrets: [{ name: "registry" }, { name: "own" }],
    });
  });

  it("trusts further authorities, tells a collector of its spans, and goes through a proxy unless to the cluster", () => {
    const { containers, volumes } = podOf(listens, allSettings);
    expect(containers[0]["env"]).toEqual([
      { name: "NODE_EXTRA_CA_CERTS", value: "/etc/fascia/trust/ca.crt" },
      { name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: "http://collector.monitoring.svc.cluster.local:4318" },
      { name: "NODE_USE_ENV_PROXY", value: "1" },
      { name: "HTTPS_PROXY", value: "http://proxy.hospital.example:3128" },
      { name: "NO_PROXY", value: "localhost,.svc,.cluster.local,10.0.0.0/8" },
    ]);
    expect(volumes).toContainEqual({ name: "trust", configMap: { name: "fascia-ehr-trust", defaultMode: 0o444 } });
  });
});

describe("Files of a pod", () => {
  const writable = (spec: object) => {
    const { containers, volumes } = podOf(spec);
    return containers[0].volumeMounts
      .filter(({ readOnly }) => readOnly !== true)
      .map(({ name, mountPath }) => ({ mountPath, ...volumes.find((volume) => volume.name === name) }));
  };

  it("are where the Adapter says, and go with the pod unless they are on a volume that stays", () => {
    const file = { source: { directory: "/data/in", claimName: "in" }, target: { path: "out/a.ndjson" } };
    expect(writable({ file, emits: [visit], accepts: [visit] })).toEqual([
      expect.objectContaining({ mountPath: "/data/in", persistentVolumeClaim: { claimName: "in" } }),
      expect.objectContaining({ mountPath: "/var/lib/fascia/out", emptyDir: {} }),
    ]);
  });

  it("are mounted once where source and target share a directory", () => {
    const file = { source: { directory: "/data" }, target: { path: "/data/a.out" } };
    expect(writable({ file, emits: [visit], accepts: [visit] })).toHaveLength(1);
  });

  it("are never in two pods at once", () => {
    const strategy = (spec: object) =>
      specOf<{ strategy: object }>(workloadOf(servedAdapter(spec), settings), "Deployment").strategy;
    expect(strategy({ file: { source: { directory: "/in" } }, emits: [visit] })).toEqual({ type: "Recreate" });
    expect(strategy(listens)).toEqual({ type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } });
  });
});

describe("Pods are replaced", () => {
  const before = hashOf(listens, allSettings);

  it.each([
    ["contracts and mappings", { ...listens, emits: [{ ...visit, events: ["A01"] }] }],
    ["the port that it listens on", { ...listens, mllp: { source: { port: 2576 } } }],
    ["how it answers", { ...listens, mllp: { source: { port: 2575, acknowledgement: "Original" } } }],
    ["the number of replicas", { ...listens, replicas: 3 }],
    ["who may reach it", { ...listens, service: { type: "NodePort", annotations: { a: "b" } } }],
    ["owner, clearance and retention", { ...listens, owner: "b", clearance: "Public", raw: { maxBytes: 2_000_000 } }],
    ["what becomes of its messages", { ...listens, deletionPolicy: "Discard" }],
  ])("never for another choice of %s", (_what, spec) => {
    expect(hashOf(spec, allSettings)).toBe(before);
  });

  it.each([
    ["the monitoring's namespace", { monitoringNamespace: "observability" }],
    ["network policies", { networkPolicy: false }],
  ])("never for another setting of %s", (_what, set) => {
    expect(hashOf(listens, { ...allSettings, ...set })).toBe(before);
  });

  it.each([
    ["image", { image: "registry.example/fascia:2" }],
    ["NATS address", { nats: { url: "nats://other:4222", credentials: true } }],
    ["trusted authorities, which Node reads at its start", { trustedCAs: "other" }],
    ["collector", { tracingEndpoint: "http://other:4318" }],
    ["proxy", { proxy: { http: "http://other:3128", noProxy: [] } }],
  ])("for another %s", (_what, set) => {
    expect(hashOf(listens, { ...allSettings, ...set })).not.toBe(before);
  });

  it.each([
    ["Secret", { mllp: { source: { port: 2575, tls: { secretName: "a" } } } }],
    ["time to drain", { drainTimeoutSeconds: 30 }],
    ["place", { pod: { nodeSelector: { zone: "dmz" } } }],
    ["amount of memory", { resources: { limits: { memory: "1Gi" } } }],
  ])("for another %s", (_what, spec) => {
    expect(hashOf({ ...listens, ...spec }, allSettings)).not.toBe(before);
  });
});

describe("What a pod can't do is told, with the way out:", () => {
  const problems = (spec: object) => workloadOf(servedAdapter(spec), settings).problems;

  it("a free port", () => {
    expect(problems({ mllp: { source: { port: 0 } }, emits: [visit] })).toEqual([
      "source.port 0 takes any free port, which no Service leads to: name one",
    ]);
  });

  it("the port of metrics and health", () => {
    expect(problems({ mllp: { source: { port: 9464 } }, emits: [visit] })).toHaveLength(1);
  });

  it.each(["/", "/etc", "/opt/fascia/in", "../../../proc/x"])("files in %s", (directory) => {
    expect(problems({ file: { source: { directory } }, emits: [visit] })).toEqual([
      expect.stringContaining("belongs to the image"),
    ]);
  });

  it("one directory on two volumes", () => {
    const file = { source: { directory: "/data", claimName: "a" }, target: { path: "/data/x", claimName: "b" } };
    expect(problems({ file, emits: [visit], accepts: [visit] })).toHaveLength(1);
  });

  it("and what it can do is not", () => {
    expect(problems(listens)).toEqual([]);
    for (const directory of ["in", "/data", "/etcetera", "/var/lib/fascia"])
      expect(problems({ file: { source: { directory } }, emits: [visit] })).toEqual([]);
  });
});
