import { chmod, cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { buildArchive } from "./buildah.ts";

export interface ProgramImage {
  tag: string;
  /** Copies `name` from the context. */
  dockerfile: string;
  args?: Record<string, string>;
}

/** An image of one program, from a Dockerfile that copies it. */
export function buildProgram(image: ProgramImage, archive: string, name: string, program: string): Promise<void> {
  return inContext(async (context) => {
    await cp(program, path.join(context, name));
    await chmod(path.join(context, name), 0o755);
    const file = path.join(context, "Dockerfile");
    await writeFile(file, image.dockerfile);
    const { tag, args = {} } = image;
    await buildArchive({ tag, file, context, args, epoch: 0 }, archive);
  });
}

/** Does `work` with a directory of its own to build from. */
export async function inContext<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "fascia-image-"));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
