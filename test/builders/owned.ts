import type { OnConflict } from "../../src/api/datadomain.ts";

/** Where the systems of `ownedManifests` listen, and where what they say arrives. */
export interface OwnedPlaces {
  billingPort: number;
  portalPort: number;
  file: string;
}

/**
 * A hospital of three systems: `ehr` owns patients but for their telecom, which is the portal's, and allergies; `billing`
 * sends HL7 v2 of cases, and `portal` FHIR. Everything that comes to the hub is written to a file. `allergies`: what
 * becomes of a message that says of allergies what its sender does not own.
 */
export const ownedManifests = (allergies: OnConflict, { billingPort, portalPort, file }: OwnedPlaces): string => `
apiVersion: fascia.dev/v1alpha1
kind: DataDomain
metadata: { name: care }
spec:
  owner: care <care@hospital.example>
  systems: [{ system: ehr, adapters: [{ namespace: default, name: ehr }] }]
  entities:
    - { entity: AllergyIntolerance, primary: ehr, onConflict: ${allergies} }
    - entity: Patient
      primary: ehr
      onConflict: Strip
      fields: [{ path: Patient.telecom, primary: portal }]
---
apiVersion: fascia.dev/v1alpha1
kind: ContractVersion
metadata: { name: cases-v1.0.0 }
spec:
  contract: cases
  version: 1.0.0
  domain: care
  owner: billing <billing@hospital.example>
  fhir: { resources: [Encounter, Coverage, RelatedPerson, Provenance] }
---
apiVersion: fascia.dev/v1alpha1
kind: ContractVersion
metadata: { name: profile-v1.0.0 }
spec:
  contract: profile
  version: 1.0.0
  domain: care
  owner: portal <portal@hospital.example>
  fhir: { resources: [Patient] }
---
apiVersion: fascia.dev/v1alpha1
kind: Adapter
metadata: { name: billing }
spec:
  system: billing
  owner: billing <billing@hospital.example>
  mllp: { source: { port: ${billingPort} } }
  emits: [{ contract: cases, version: 1.0.0, mapping: { version: 1.0.0, hl7v2ToFhir: {} } }]
---
apiVersion: fascia.dev/v1alpha1
kind: Adapter
metadata: { name: portal }
spec:
  system: portal
  owner: portal <portal@hospital.example>
  http: { source: { port: ${portalPort}, path: /profiles } }
  emits: [{ contract: profile, version: 1.0.0 }]
---
apiVersion: fascia.dev/v1alpha1
kind: Adapter
metadata: { name: sink }
spec:
  system: sink
  owner: care <care@hospital.example>
  file: { target: { path: ${file} } }
  clearance: Restricted
  accepts: [{ contract: cases, version: 1.0.0 }, { contract: profile, version: 1.0.0 }]
---
apiVersion: fascia.dev/v1alpha1
kind: Integration
metadata: { name: cases }
spec: { owner: care <care@hospital.example>, event: { from: { contract: cases, version: ^1.0.0 }, to: [{ adapter: sink }] } }
---
apiVersion: fascia.dev/v1alpha1
kind: Integration
metadata: { name: profiles }
spec: { owner: care <care@hospital.example>, event: { from: { contract: profile, version: ^1.0.0 }, to: [{ adapter: sink }] } }
`;
