import { describe, expect, it } from "vitest";
import { allSettings, listens, sends, servedAdapter, settings, visit } from "../../../test/builders/workloads.ts";
import { egressTo } from "./egress.ts";
import { networkPolicyOf } from "./networkpolicy.ts";
import { serviceOf } from "./service.ts";
import { hostOf } from "./spec.ts";

const namespace = (name: string) => ({
  to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } }],
});
const port = (number: number) => [{ protocol: "TCP", port: number }];

describe("The Service of an Adapter", () => {
  const specOf = (service?: object) => serviceOf(servedAdapter({ ...listens, ...(service && { service }) }));

  it("is within the cluster unless the Adapter says otherwise", () => {
    expect(specOf()?.spec).toEqual({
      type: "ClusterIP",
      selector: { "app.kubernetes.io/name": "fascia-adapter", "app.kubernetes.io/instance": "fascia-ehr" },
      ports: [{ name: "mllp", port: 2575, targetPort: 2575, protocol: "TCP" }],
    });
  });

  it("stands outside where senders do, with what the load balancer is to know", () => {
    const service = {
      type: "LoadBalancer",
      nodePort: 30_100,
      externalTrafficPolicy: "Local",
      allowedCIDRs: ["10.0.0.0/8"],
      annotations: { "metallb.io/address-pool": "clinic" },
    };
    expect(specOf(service)?.metadata.annotations).toEqual(service.annotations);
    expect(specOf(service)?.spec).toMatchObject({
      type: "LoadBalancer",
      externalTrafficPolicy: "Local",
      loadBalancerSourceRanges: ["10.0.0.0/8"],
      ports: [{ nodePort: 30_100 }],
    });
    expect(specOf({ ...service, type: "NodePort" })?.spec).not.toHaveProperty("loadBalancerSourceRanges");
  });

  it("is not there where nothing listens", () => {
    expect(serviceOf(servedAdapter(sends))).toBeUndefined();
    expect(serviceOf(servedAdapter({ file: { source: { directory: "in" } }, emits: [visit] }))).toBeUndefined();
  });
});

describe("The NetworkPolicy of an Adapter", () => {
  const policy = (spec: object, set = settings) =>
    networkPolicyOf(servedAdapter(spec), set)?.spec as {
      policyTypes: string[];
      ingress?: unknown[];
      egress: unknown[];
    };

  it("lets in senders from everywhere, or from the allowed addresses only", () => {
    expect(policy(listens).ingress).toEqual([{ ports: port(2575) }]);
    const service = { allowedCIDRs: ["10.0.0.0/8", "2001:db8::/32"] };
    expect(policy({ ...listens, service }).ingress).toEqual([
      { from: [{ ipBlock: { cidr: "10.0.0.0/8" } }, { ipBlock: { cidr: "2001:db8::/32" } }], ports: port(2575) },
    ]);
  });

  it("lets nobody in where nothing listens, but the monitoring to its port", () => {
    expect(policy(sends)).not.toHaveProperty("ingress");
    expect(policy(sends).policyTypes).toContain("Ingress");
    expect(policy(sends, allSettings).ingress).toEqual([
      {
        from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } }],
        ports: port(9464),
      },
    ]);
  });

  it("lets out to DNS, NATS, the target, the collector and the proxy, and to each once", () => {
    const [dns, ...rest] = policy(sends, {
      ...allSettings,
      nats: { url: "nats://n-0.nats.hub.svc:4222, nats://n-1.nats.hub.svc:4222", credentials: true },
    }).egress;
    expect(dns).toMatchObject({ ports: expect.arrayContaining([{ protocol: "UDP", port: 53 }]) as unknown });
    expect(rest).toEqual([namespace("hub"), { ports: port(443) }, namespace("monitoring"), { ports: port(3128) }]);
  });

  it("is not there where the settings say so", () => {
    expect(networkPolicyOf(servedAdapter(), { ...settings, networkPolicy: false })).toBeUndefined();
  });
});

describe("A destination as a policy can say it", () => {
  it.each([
    ["192.0.2.7", [{ to: [{ ipBlock: { cidr: "192.0.2.7/32" } }], ports: port(80) }]],
    ["2001:db8::1", [{ to: [{ ipBlock: { cidr: "2001:db8::1/128" } }], ports: port(80) }]],
    ["lab.hospital.example", [{ ports: port(80) }]],
    ["lab.lab.svc", [namespace("lab")]],
    ["lab.lab.svc.cluster.local.", [namespace("lab")]],
    ["0.lab.lab.svc.cluster.local", [namespace("lab")]],
    ["lab.lab.svc.other.local", [{ ports: port(80) }]],
    ["lab", [namespace("clinic"), { ports: port(80) }]],
    ["lab.wards", [namespace("wards"), { ports: port(80) }]],
  ])("%s", (host, rules) => {
    expect(egressTo({ host, port: 80 }, "clinic", "cluster.local")).toEqual(rules);
  });

  it.each([
    ["https://[2001:db8::1]/fhir", { host: "2001:db8::1", port: 443 }],
    ["http://lab:8080/", { host: "lab", port: 8080 }],
    ["nats://hub", { host: "hub", port: 4222 }],
    ["tls://hub:4443", { host: "hub", port: 4443 }],
    ["hub:4222", { host: "hub", port: 4222 }],
  ])("%s has a host and a port", (address, expected) => expect(hostOf(address)).toEqual(expected));
});
