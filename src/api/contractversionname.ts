/** `metadata.name` of a ContractVersion: the CRD takes no other. */
export const contractVersionName = ({ contract, version }: { contract: string; version: string }): string =>
  `${contract}-v${version}`;
