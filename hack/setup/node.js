import { existsSync } from "node:fs";
import path from "node:path";
import { SetupError } from "./progress.js";

const WANTED = 24;

/** Where npm links the programs of packages. @param {string} root the checkout */
export function binDirectory(root) {
  return path.join(root, "node_modules", ".bin");
}

/** The Node that runs Fascia: the packaged one, or this one if it is new enough. @param {string} root the checkout */
export function findNode(root) {
  const packaged = path.join(binDirectory(root), "node");
  if (existsSync(packaged)) return packaged;
  if (Number(process.versions.node.split(".")[0]) >= WANTED) return process.execPath;
  throw new SetupError(
    `Node ${WANTED} or later is needed, this is ${process.version}, and there is no packaged one for ` +
      `${process.platform} on ${process.arch}: install it from https://nodejs.org/en/download and try again`,
  );
}

/** The environment for programs of the checkout: packaged programs first on PATH, as under `npm run`. @param {string} root */
export function environment(root) {
  return { ...process.env, PATH: `${binDirectory(root)}${path.delimiter}${process.env["PATH"] ?? ""}` };
}
