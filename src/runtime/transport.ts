import type { Source, SourceDeps, Target, TargetDeps } from "../adapters/adapter.ts";
import { createFhirTarget } from "../adapters/fhir/target.ts";
import { createFileSource } from "../adapters/file/source.ts";
import { createFileTarget } from "../adapters/file/target.ts";
import { createHttpSource } from "../adapters/http/source.ts";
import { createHttpTarget } from "../adapters/http/target.ts";
import { createMllpSource } from "../adapters/mllp/source.ts";
import { createMllpTarget } from "../adapters/mllp/target.ts";
import type { AdapterSpec } from "../api/adapter.ts";

/** The source that an Adapter declares, if it has one. */
export function createSource(spec: AdapterSpec, deps: SourceDeps): Source | undefined {
  if (spec.mllp?.source) return createMllpSource(spec.mllp.source, deps);
  if (spec.http?.source) return createHttpSource(spec.http.source, deps);
  if (spec.file?.source) return createFileSource(spec.file.source, deps);
  return undefined;
}

/** The target that an Adapter declares, if it has one. */
export function createTarget(spec: AdapterSpec, deps: TargetDeps): Target | undefined {
  if (spec.mllp?.target) return createMllpTarget(spec.mllp.target, deps);
  if (spec.fhir?.target) return createFhirTarget(spec.fhir.target, deps);
  if (spec.http?.target) return createHttpTarget(spec.http.target, deps);
  if (spec.file?.target) return createFileTarget(spec.file.target, deps);
  return undefined;
}
