/** What tests use of Medplum's router. Its own types bring those of all of FHIR. */
declare module "@medplum/fhir-router" {
  import type { IncomingHttpHeaders } from "node:http";

  export interface Resource {
    resourceType: string;
    id: string;
    meta?: { versionId?: string };
    [element: string]: unknown;
  }

  /** What came of a request; `id` tells which, as a short word (`ok`, `not-found`). */
  export interface Outcome {
    resourceType: "OperationOutcome";
    id?: string;
  }

  export interface FhirRequest {
    method: string;
    url: string;
    pathname: string;
    body: unknown;
    params: Record<string, string>;
    query: Record<string, string>;
    headers: IncomingHttpHeaders;
  }

  export class MemoryRepository {
    /** Rejects where there is none. */
    readResource(type: string, id: string): Promise<Resource>;
    updateResource(resource: Resource): Promise<Resource>;
    deleteResource(type: string, id: string): Promise<void>;
  }

  export class FhirRouter {
    handleRequest(request: FhirRequest, repository: MemoryRepository): Promise<[Outcome, Resource?]>;
  }
}
