import { MAY_IMPORT, OWNED_PACKAGES, PURE_MODULES, PURE_PACKAGES, SHARED_ADAPTER_FOLDERS } from "./directions.ts";
import { type Place, importedPlace, packageOf, placeOf } from "./places.ts";

/** What is wrong with `file` importing `specifier`, or undefined. */
export function importProblem(file: string, specifier: string): string | undefined {
  const from = placeOf(file);
  if (from.top !== "src") return undefined;
  const to = importedPlace(file, specifier);
  return to === undefined ? packageProblem(from, specifier) : placeProblem(from, to);
}

function packageProblem(from: Place, specifier: string): string | undefined {
  const owned = OWNED_PACKAGES.find(({ pattern }) => pattern.test(specifier));
  if (owned === undefined || owned.owner === from.folder) return undefined;
  return `${packageOf(specifier)} is imported by src/${owned.owner} only; use what that offers`;
}

function placeProblem(from: Place, to: Place): string | undefined {
  if (to.top !== "src") return from.isTest ? undefined : "src must not import what stands outside of it";
  const allowed = MAY_IMPORT[from.folder];
  if (allowed === undefined) return `src/${from.folder} has no place in hack/lint/directions.ts`;
  if (from.folder === to.folder) return from.folder === "adapters" ? adapterProblem(from, to) : undefined;
  if (allowed.includes(to.folder)) return undefined;
  return `src/${from.folder} must not import src/${to.folder}; it may import ${allowed.join(", ") || "nothing"}`;
}

function adapterProblem(from: Place, to: Place): string | undefined {
  if (to.inner === "" || from.inner === to.inner) return undefined;
  if (SHARED_ADAPTER_FOLDERS[to.inner]?.includes(from.inner)) return undefined;
  return `src/adapters/${from.inner || "*.ts"} must not import src/adapters/${to.inner}: adapters do not know each other`;
}

/** What is wrong with a PURE file importing `specifier`, or undefined; relative imports are another rule's. */
export function impureImport(file: string, specifier: string): string | undefined {
  if (importedPlace(file, specifier) !== undefined) return undefined;
  const isNode = specifier.startsWith("node:");
  if (isNode ? PURE_MODULES.has(specifier) : PURE_PACKAGES.has(packageOf(specifier))) return undefined;
  return `a PURE folder must not import ${specifier}: take what it gives as an argument (hack/lint/directions.ts says what is pure)`;
}
