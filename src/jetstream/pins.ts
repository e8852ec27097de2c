/** The ids that the server has pinned; the client's types do not have the field (nats-server, PriorityGroupState). */
export function pinnedClients(info: object): string[] {
  const { priority_groups: groups = [] } = info as { priority_groups?: { pinned_client_id?: string }[] };
  return groups.map((g) => g.pinned_client_id ?? "");
}
