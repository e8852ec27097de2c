import type { LintFinding } from "../../standalone/lint.ts";

/** As compilers and SARIF call it. */
export const LEVELS = { Deny: "error", Warn: "warning" } as const satisfies Record<LintFinding["severity"], string>;
