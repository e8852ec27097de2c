import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { FasciaError } from "../base/errors.ts";
import { writePrivateFile } from "./privatefile.ts";

const bootstrap = z.strictObject({
  url: z.string().min(1),
  user: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  credsFile: z.string().min(1).optional(),
});

/** How to reach the hub: all that a process beside `fascia run` has to know. The URL holds no credentials. */
export type Bootstrap = z.infer<typeof bootstrap>;

const FILE = "bootstrap.json";

/** Leaves the hub's address and credentials in `<dataDir>/bootstrap.json`, readable by the owner alone. */
export async function writeBootstrap(dataDir: string, value: Bootstrap): Promise<void> {
  await writePrivateFile(join(dataDir, FILE), `${JSON.stringify(value, undefined, 2)}\n`);
}

/** What `writeBootstrap` left. Throws FasciaError `BootstrapMissing` or `BootstrapInvalid`. */
export async function readBootstrap(dataDir: string): Promise<Bootstrap> {
  const value = await findBootstrap(dataDir);
  if (value !== undefined) return value;
  throw new FasciaError(
    "BootstrapMissing",
    `${join(dataDir, FILE)} does not exist: start \`fascia run\` with --data ${dataDir} first, or name its data directory`,
  );
}

/** As `readBootstrap`, but undefined where there is none yet. */
export async function findBootstrap(dataDir: string): Promise<Bootstrap | undefined> {
  const file = join(dataDir, FILE);
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new FasciaError("BootstrapInvalid", `${file} cannot be read (${error.code})`, { cause: error });
  });
  return text === undefined ? undefined : parse(file, text);
}

function parse(file: string, text: string): Bootstrap {
  try {
    return bootstrap.parse(JSON.parse(text));
  } catch (error) {
    const message = `${file} is not what \`fascia run\` writes: remove it and start \`fascia run\` again`;
    throw new FasciaError("BootstrapInvalid", message, { cause: error });
  }
}
