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
];

export const RIGHT_ADAPTER_CLASSES: Right[] = [
  { title: "a class that requires nothing", resource: adapterClass({}) },
  {
    title: "a default class that requires all there is",
    resource: adapterClass({ isDefault: true, require: { tlsOutsidePodNetwork: true, ownerContact: true } }),
  },
];
