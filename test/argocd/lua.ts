import { LuaFactory } from "wasmoon";

/** What Argo CD takes from a health check. */
export interface Verdict {
  status: string;
  message: string;
}

const factory = new LuaFactory();

/** Runs a health check as Argo CD does: the resource as the global table `obj`, the verdict as the table that is returned. */
export async function runHealthCheck(script: string, resource: object): Promise<Verdict> {
  // Tables, not proxies of JavaScript objects: nil and ipairs are as in Argo CD.
  const lua = await factory.createEngine({ enableProxy: false });
  try {
    lua.global.set("obj", resource);
    return (await lua.doString(script)) as Verdict;
  } finally {
    lua.global.close();
  }
}
