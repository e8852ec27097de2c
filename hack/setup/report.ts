import { SetupError } from "./progress.js";

/** Runs a command; a problem that the user can solve is one line, another one is shown whole. */
export async function reportingProblems(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    console.error(described(error));
    process.exitCode = 1;
  }
}

/** What to print about a problem: one line where the user can solve it, as with an option that there is not. */
export function described(error: unknown): unknown {
  if (error instanceof SetupError) return `set-up: ${error.message}`;
  if (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS_"))
    return `set-up: ${error.message}`;
  return error;
}
