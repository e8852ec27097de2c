/** From an operator's metrics: keys that were reconciled by those who tell of one kind each. None while some are still waiting. */
export function reconciled(metrics: string): number {
  const sumOf = (name: string, which: string) =>
    [...metrics.matchAll(new RegExp(`^${name}\\{([^}]*)\\} (\\S+)$`, "gm"))]
      .filter(([, labels = ""]) => labels.includes(which))
      .reduce((sum, [, , value]) => sum + Number(value), 0);
  if (sumOf("workqueue_depth", "") + sumOf("controller_runtime_active_workers", "") > 0) return 0;
  const kinds = ["adapter", "integration", "contractversion"];
  return kinds.reduce((sum, kind) => sum + sumOf("controller_runtime_reconcile_total", `controller="${kind}"`), 0);
}
