import type { Source, SourceDeps, Target, TargetDeps } from "../adapters/adapter.ts";
import type { RunSpec } from "../api/adapter.ts";

/** The source that an Adapter declares, if it has one. A protocol's code is loaded by the first adapter that speaks it. */
export async function createSource(spec: RunSpec, deps: SourceDeps): Promise<Source | undefined> {
  const { mllp, http, file, lifecycle } = spec;
  if (mllp?.source) return (await import("../adapters/mllp/source.ts")).createMllpSource(mllp.source, deps);
  if (http?.source) return (await import("../adapters/http/source.ts")).createHttpSource(http.source, deps);
  if (file?.source) return (await import("../adapters/file/source.ts")).createFileSource(file.source, deps);
  if (lifecycle?.source) return (await import("../adapters/lifecycle/source.ts")).createLifecycleSource(deps);
  return undefined;
}

/** The target that an Adapter declares, if it has one. */
export async function createTarget(spec: RunSpec, deps: TargetDeps): Promise<Target | undefined> {
  const { mllp, fhir, http, file } = spec;
  if (mllp?.target) return (await import("../adapters/mllp/target.ts")).createMllpTarget(mllp.target, deps);
  if (fhir?.target) return (await import("../adapters/fhir/target.ts")).createFhirTarget(fhir.target, deps);
  if (http?.target) return (await import("../adapters/http/target.ts")).createHttpTarget(http.target, deps);
  if (file?.target) return (await import("../adapters/file/target.ts")).createFileTarget(file.target, deps);
  return undefined;
}
