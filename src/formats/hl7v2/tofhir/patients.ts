import { identifierKey } from "../../fhir/patientkey.ts";
import type { Patient } from "../../fhir/resources.ts";
import type { Reference } from "../../fhir/types.ts";
import { type Conversion, invalid } from "./conversion.ts";
import type { SegmentReader } from "./reader.ts";
import { priorPatient } from "./segments/mrg.ts";
import { type PatientId, patientId } from "./segments/patientids.ts";
import { additionalDemographics } from "./segments/pd1.ts";
import { patient } from "./segments/pid.ts";
import type { PatientGroup } from "./structure.ts";

interface Known {
  resource: Patient;
  reference: Reference;
}

/** The patients of a message: each becomes one Patient, however often a merge names it. */
export class Patients {
  readonly #conversion: Conversion;
  readonly #known = new Map<string, Known>();

  constructor(conversion: Conversion) {
    this.#conversion = conversion;
  }

  /** Ordering keys, in the order in which the patients were added. */
  get keys(): string[] {
    return [...this.#known.keys()];
  }

  /** The Patient of PID and PD1. */
  add({ pid, single }: PatientGroup): Known {
    const resource = patient(pid, this.#conversion);
    if (single.PD1) additionalDemographics(single.PD1, resource, this.#conversion);
    return this.#put(resource, patientId(resource.identifier ?? [], `${pid.path}-3`));
  }

  /**
   * Marks the Patient of MRG as replaced by `survivor`, and links the two both ways (Patient.link). Throws FasciaError
   * `Hl7v2Invalid` where MRG names the survivor itself.
   */
  merge(survivor: Known, mrg: SegmentReader | undefined): void {
    if (!mrg) throw invalid("MRG", "is missing: a merge names the prior patient in it");
    const position = `${mrg.path}-1`;
    const resource = priorPatient(mrg, this.#conversion);
    const prior = this.#put(resource, patientId(resource.identifier ?? [], position));
    if (prior.resource === survivor.resource) throw invalid(position, "names the patient of PID-3 itself");
    prior.resource.active = false;
    (survivor.resource.link ??= []).push({ other: prior.reference, type: "replaces" });
    (prior.resource.link ??= []).push({ other: survivor.reference, type: "replaced-by" });
  }

  #put(resource: Patient, { assigner, value }: PatientId): Known {
    const key = identifierKey(assigner, value);
    const known = this.#known.get(key);
    if (known) return known;
    const reference = this.#conversion.add(resource, assigner || this.#conversion.context.source, value);
    const added = { resource, reference };
    this.#known.set(key, added);
    return added;
  }
}
