import { execFile } from "node:child_process";
import { access, constants, readdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import semver from "semver";
import { FasciaError } from "../base/errors.ts";
import { cacheDir } from "./cachedir.js";

/** Older servers lose acknowledged writes on power failure or lack what the hub uses. */
const MINIMUM_VERSION = "2.15.2";

type Environment = Record<string, string | undefined>;

/**
 * Path of a nats-server that is new enough: the one that FASCIA_NATS_SERVER names, the one on PATH, or the newest in
 * the cache that set-up fills. Throws FasciaError `NatsServerMissing`, and `NatsServerTooOld` for a named one.
 */
export async function findNatsServer(env: Environment = process.env): Promise<string> {
  const named = env["FASCIA_NATS_SERVER"];
  if (named !== undefined && named !== "") return checkNamed(named);
  const found = (await findOnPath(env)) ?? (await findInCache(env));
  if (found !== undefined) return found;
  throw new FasciaError(
    "NatsServerMissing",
    `no nats-server ${MINIMUM_VERSION} or later on PATH or in ${cacheDir(env)}: run \`npm run setup\`, ` +
      "name one in FASCIA_NATS_SERVER, or use a running one with --nats URL",
  );
}

async function checkNamed(path: string): Promise<string> {
  const version = await versionOf(path);
  if (version === undefined)
    throw new FasciaError("NatsServerMissing", `FASCIA_NATS_SERVER names ${path}, which is no nats-server`);
  if (newEnough(version)) return path;
  const message = `FASCIA_NATS_SERVER names ${path}, version ${version}: ${MINIMUM_VERSION} or later is needed`;
  throw new FasciaError("NatsServerTooOld", message);
}

async function findOnPath(env: Environment): Promise<string | undefined> {
  for (const directory of (env["PATH"] ?? "").split(delimiter)) {
    const path = join(directory, "nats-server");
    if (directory === "" || !(await isExecutable(path))) continue;
    const version = await versionOf(path);
    if (version !== undefined && newEnough(version)) return path;
  }
  return undefined;
}

/** Set-up names what it builds `nats-server-v<version>`, so none has to be run to know. */
async function findInCache(env: Environment): Promise<string | undefined> {
  const directory = join(cacheDir(env), "bin");
  const names = await readdir(directory).catch(() => []);
  const versions = names
    .map((name) => /^nats-server-v(.+)$/.exec(name)?.[1])
    .filter((version) => version !== undefined && semver.valid(version) !== null && newEnough(version));
  const newest = semver.rsort(versions as string[])[0];
  return newest === undefined ? undefined : join(directory, `nats-server-v${newest}`);
}

/** `nats-server: v2.15.2` → `2.15.2`; undefined for anything else that may have this name. */
async function versionOf(path: string): Promise<string | undefined> {
  const run = promisify(execFile)(path, ["--version"], { timeout: 10_000 }).catch(() => undefined);
  const version = /^nats-server: v(\S+)/.exec((await run)?.stdout ?? "")?.[1];
  return semver.valid(version) ?? undefined;
}

const newEnough = (version: string): boolean => semver.gte(version, MINIMUM_VERSION);

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
