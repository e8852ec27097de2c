import type { AdapterClass } from "../../api/adapterclass.ts";

/** Who requires it, and whom to ask. */
export const requiredBy = ({ metadata, spec }: AdapterClass): string =>
  `AdapterClass ${metadata.name} requires it (owner: ${spec.owner})`;
