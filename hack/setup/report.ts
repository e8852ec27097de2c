import { SetupError } from "./progress.js";

/** Runs a command; a problem that the user can solve is one line, another one is shown whole. */
export async function reportingProblems(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof SetupError ? `set-up: ${error.message}` : error);
    process.exitCode = 1;
  }
}
