import { API_VERSION, type Manifest, type Right, type Wrong } from "./case.ts";

const adapterClass = (spec: object): Manifest => ({
  apiVersion: API_VERSION,
  kind: "AdapterClass",
  metadata: { name: "clinical" },
  spec: { owner: "review board", ...spec },
});

export const WRONG_ADAPTER_CLASSES: Wrong[] = [
  {
    title: "a requirement that is neither yes nor no",
    resource: adapterClass({ require: { ownerContact: "always" } }),
    says: "spec.require.ownerContact",
  },
  {
    title: "a default of what is each Adapter's own",
    resource: adapterClass({ defaults: { pod: { imagePullSecrets: [{ name: "registry" }] } } }),
    says: "spec.defaults.pod.imagePullSecrets",
  },
  {
    title: "a label whose key is none",
    resource: adapterClass({ require: { labels: [{ key: "a b" }] } }),
    says: "spec.require.labels[0].key",
  },
  {
    title: "a label twice",
    resource: adapterClass({ require: { labels: [{ key: "site" }, { key: "site", pattern: "north" }] } }),
    says: "spec.require.labels",
  },
  {
    title: "a choice of no service level",
    resource: adapterClass({ require: { serviceLevels: [] } }),
    says: "spec.require.serviceLevels",
  },
];

export const RIGHT_ADAPTER_CLASSES: Right[] = [
  { title: "a class that requires nothing", resource: adapterClass({}) },
  {
    title: "a default class that requires all there is",
    resource: adapterClass({
      isDefault: true,
      restricted: true,
      defaults: {
        timeZone: "Europe/Berlin",
        charset: "8859/1",
        resources: { requests: { cpu: "100m" }, limits: { memory: "256Mi" } },
        pod: { nodeSelector: { zone: "a" }, tolerations: [{ operator: "Exists" }], priorityClassName: "clinical" },
      },
      require: {
        tlsOutsidePodNetwork: true,
        ownerContact: true,
        namePattern: "[a-z-]+",
        labels: [{ key: "hospital.example/site", pattern: "north|south" }, { key: "app" }],
        serviceLevels: ["24x7", "office-hours"],
      },
    }),
  },
];
