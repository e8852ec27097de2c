import type { KubeObject } from "../kube/resource.ts";
import type { Cache } from "../manager/cache.ts";
import type { Watch } from "../manager/watches.ts";

/** The domains of all ContractVersions that there are, sorted: every Adapter's permissions follow from them. */
export function domainsOf(contractVersions: Pick<Cache<KubeObject>, "list">): string[] {
  return [...new Set(contractVersions.list().flatMap(domainOf))].sort();
}

/** Wakes whoever `keys` names then when there are other domains. */
export const domainsWatch = (contractVersions: Cache<KubeObject>, keys: () => Iterable<string>): Watch => ({
  subscribe: (enqueue) => {
    let before = "";
    return contractVersions.subscribe(() => {
      const now = domainsOf(contractVersions).join();
      if (now === before) return;
      before = now;
      for (const key of keys()) enqueue(key);
    });
  },
});

const domainOf = (object: KubeObject): string[] => {
  const { domain } = (object as { spec?: { domain?: string } }).spec ?? {};
  return domain === undefined ? [] : [domain];
};
