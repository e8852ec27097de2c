import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { FasciaError } from "../base/errors.ts";
import type { HashKey } from "../base/hash.ts";
import { createPrivateFile } from "./privatefile.ts";

/** The secrets of one installation. Messages, ids and tokens made with them mean nothing without them. */
export interface Keys {
  /** Message ids and ordering keys outside payloads. */
  hash: HashKey;
  /** Ids of FHIR resources: never rotated, a new one would make every patient a new resource. */
  resourceId: Uint8Array;
  /** Tokens in place of values that a receiver may not see. */
  token: HashKey;
}

const FILE = "keys.json";
const KEY_BYTES = 32;

const secret = z
  .base64()
  .transform((text) => new Uint8Array(Buffer.from(text, "base64")))
  .refine((bytes) => bytes.length >= KEY_BYTES);
const hashKey = z.strictObject({ id: z.string().regex(/^[a-z0-9]{1,16}$/), secret });
const keys = z.strictObject({ hash: hashKey, resourceId: secret, token: hashKey });

/**
 * The keys of `dataDir`, made at first use and kept in `keys.json`, which only the owner can read. Two processes that
 * begin at once get the same. Throws FasciaError `KeysUnreadable` rather than ever making new ones in their place.
 */
export async function loadKeys(dataDir: string, random: (size: number) => Buffer = randomBytes): Promise<Keys> {
  const file = join(dataDir, FILE);
  const existing = await read(file);
  if (existing !== undefined) return existing;
  await createPrivateFile(file, newKeys(random));
  return loadKeys(dataDir, random);
}

/** The keys in `file`, which somebody else has made. Throws FasciaError `KeysUnreadable`, also where there is none. */
export async function readKeys(file: string): Promise<Keys> {
  const existing = await read(file);
  if (existing !== undefined) return existing;
  throw new FasciaError("KeysUnreadable", `${file} does not exist: --keys names the keys of the installation`);
}

async function read(file: string): Promise<Keys | undefined> {
  try {
    return parseKeys(await readFile(file, "utf8"), file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unreadable(file, error);
  }
}

/** Keys as `newKeys` writes them; `where` names them in the error. Throws FasciaError `KeysUnreadable`. */
export function parseKeys(text: string, where: string): Keys {
  try {
    return keys.parse(JSON.parse(text));
  } catch (error) {
    throw unreadable(where, error);
  }
}

const unreadable = (where: string, cause: unknown): FasciaError =>
  new FasciaError("KeysUnreadable", `${where} cannot be read as keys: restore it from your backup`, { cause });

/** As text: the bytes in base64, each hash key under an id of its own, so that a later one can be told apart. */
export function newKeys(random: (size: number) => Buffer): string {
  const newSecret = () => random(KEY_BYTES).toString("base64");
  const newHashKey = () => ({ id: `k${random(3).toString("hex")}`, secret: newSecret() });
  return `${JSON.stringify({ hash: newHashKey(), resourceId: newSecret(), token: newHashKey() }, undefined, 2)}\n`;
}
