import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";

export interface Sample {
  /** File below config/samples. */
  file: string;
  resource: { apiVersion: string; kind: string; metadata: { name: string }; spec?: unknown };
}

const directory = fileURLToPath(new URL("../../config/samples/", import.meta.url));

/** Every resource of every sample; kustomizations are no resources. */
export async function readSamples(): Promise<Sample[]> {
  const files = (await readdir(directory, { recursive: true })).filter((name) => name.endsWith(".yaml")).sort();
  const samples = await Promise.all(files.map(readSample));
  return samples.flat().filter(({ resource }) => resource.kind !== "Kustomization");
}

async function readSample(file: string): Promise<Sample[]> {
  const text = await readFile(path.join(directory, file), "utf8");
  return parseAllDocuments(text).map((document) => ({ file, resource: document.toJS() as Sample["resource"] }));
}
