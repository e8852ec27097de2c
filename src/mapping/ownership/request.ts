import { isMembers, type Members } from "../minimise/members.ts";
import { typeOf } from "../minimise/references.ts";
import type { Claim, OwnershipPlan } from "./plan.ts";

/** They change nothing. */
const READS: ReadonlySet<unknown> = new Set(["GET", "HEAD"]);

/**
 * Claims that the request of an entry goes against, whatever its resource says: to delete what is another system's, to
 * patch it or to call an operation on it, of which nobody can tell which fields it changes; and to write it under another
 * type's name (http://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.request).
 */
export function claimsInRequest(entry: Members, plan: OwnershipPlan): Claim[] {
  const { request, resource } = entry;
  if (!isMembers(request) || READS.has(request["method"])) return [];
  const { method, url } = request;
  const names = pathOf(url);
  const isOperation = names.some((name) => name.startsWith("$"));
  const claims = names.flatMap((name) => plan.get(name) ?? []);
  return claims.filter(({ entity, root }) => {
    if (root.isOwn && (method === "DELETE" || !root.isMixed)) return false;
    const isWritten = (method === "PUT" || method === "POST") && !isOperation && typeOf(resource) === entity;
    return !isWritten;
  });
}

function pathOf(url: unknown): string[] {
  if (typeof url !== "string") return [];
  const [path = ""] = url.split(/[?#]/, 1);
  return path.split("/").map(decoded);
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name).trim();
  } catch {
    // No server takes it for a name either.
    return name;
  }
}
