import path from "node:path";
import { cachePath } from "../../setup/tools.js";

/** Everything that the developer's cluster keeps is beneath here, and goes with it. There is one for each user. */
export const STATE = cachePath("cluster");

export const inState = (...names: string[]): string => path.join(STATE, ...names);

export const KUBECONFIG = inState("kubeconfig");
export const CONTAINERD_SOCKET = inState("containerd.sock");
/** Where runc keeps what it knows of Kubernetes' containers: apart from those of any other containerd. */
export const RUNC_ROOT = inState("runc", "k8s.io");
export const NODE_NAME = "fascia";
export const PAUSE_IMAGE = "localhost/pause:dev";

/**
 * Addresses of our own, which nothing outside of this machine can reach. Pods cannot reach 127.0.0.0/8 of the machine, so
 * the API server, kubelet and DNS listen on HOST_ADDRESS, which `up` adds to the loopback interface.
 */
export const HOST_ADDRESS = "10.213.0.1";
export const POD_RANGE = "10.211.0.0/16";
export const SERVICE_RANGE = "10.212.0.0/24";
/** Name of the pods' network: CNI marks its iptables rules with it. */
export const NETWORK = "fascia-dev";
export const API_PORT = 6443;
