import path from "node:path";
import { stringify } from "yaml";
import { toolPath } from "../../setup/tools.js";
import { CONTAINERD_SOCKET, HOST_ADDRESS, NETWORK, PAUSE_IMAGE, POD_RANGE, RUNC_ROOT, inState } from "./layout.ts";

/** Works on cgroup v1, without CAP_SYS_RESOURCE and without systemd: what virtual machines and CI offer. */
export function containerdConfig(): string {
  const runtime = "plugins.'io.containerd.cri.v1.runtime'";
  return `version = 3
root = "${inState("containerd")}"
state = "${inState("containerd-state")}"

[grpc]
address = "${CONTAINERD_SOCKET}"

[plugins.'io.containerd.nri.v1.nri']
disable = true

[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = "${PAUSE_IMAGE}"

[${runtime}]
# Without it, every pod fails where the machine doesn't let us lower oom_score_adj.
restrict_oom_score_adj = true
netns_mounts_under_state_dir = true

[${runtime}.cni]
bin_dirs = ["/usr/lib/cni"]
conf_dir = "${inState("cni")}"

[${runtime}.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
runtime_path = "${toolPath("containerd-shim-runc-v2")}"

[${runtime}.containerd.runtimes.runc.options]
SystemdCgroup = false
Root = "${path.dirname(RUNC_ROOT)}"
`;
}

/** The pods' network: a pair of interfaces each, addresses from one range, host ports. */
export function networkConfig(): string {
  const ipam = {
    type: "host-local",
    dataDir: inState("cni-addresses"),
    ranges: [[{ subnet: POD_RANGE }]],
    routes: [{ dst: "0.0.0.0/0" }],
  };
  const plugins = [
    { type: "ptp", ipMasq: true, mtu: 1400, ipam },
    { type: "portmap", capabilities: { portMappings: true } },
  ];
  return JSON.stringify({ cniVersion: "1.0.0", name: NETWORK, plugins }, null, 2);
}

export function kubeletConfig(): string {
  return stringify({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: HOST_ADDRESS,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: inState("kubelet-client.crt") },
    },
    authorization: { mode: "Webhook" },
    cgroupDriver: "cgroupfs",
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    makeIPTablesUtilChains: false,
    clusterDomain: "cluster.local",
    clusterDNS: [HOST_ADDRESS],
    containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
    podLogsDir: inState("pod-logs"),
    volumePluginDir: inState("volume-plugins"),
    // The disk is the developer's own, and may be nearly full.
    evictionHard: { "nodefs.available": "0%", "imagefs.available": "0%", "nodefs.inodesFree": "0%" },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    nodeStatusUpdateFrequency: "2s",
  });
}

/** Names of Services, and whatever else this machine can resolve. */
export function corefile(resolvConf: string): string {
  const upstream = /^nameserver /m.test(resolvConf) ? "  forward . /etc/resolv.conf\n" : "";
  return `.:53 {
  bind ${HOST_ADDRESS}
  errors
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${inState("coredns.kubeconfig")}
    ttl 5
  }
${upstream}  cache 5
}
`;
}
