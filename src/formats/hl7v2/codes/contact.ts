import { codeMap } from "./table.ts";

/** Tables of addresses and telephone numbers, as the HL7 v2-to-FHIR implementation guide maps them. */

/**
 * Table 0190, codes that say what an address is used for. The guide has no use for `P` (permanent) and `V` (vacation),
 * which are common: `home` and `temp` here, with the source code kept.
 */
export const addressUse = codeMap("0190", [
  ["H", "home"],
  ["B", "work"],
  ["O", "work"],
  ["C", "temp"],
  ["BA", "old"],
  ["BI", "billing"],
  ["P", "home"],
  ["V", "temp"],
]);

/** Table 0190, codes that say what kind of address it is. */
export const addressType = codeMap("0190", [
  ["M", "postal"],
  ["SH", "postal"],
]);

/** Table 0201. */
export const telecomUse = codeMap("0201", [
  ["PRN", "home"],
  ["WPN", "work"],
  ["PRS", "mobile"],
]);

/** Table 0201, codes that repeat what the equipment (table 0202) says: neither a use nor drift. */
export const EQUIPMENT_BY_USE: ReadonlySet<string> = new Set(["NET", "BPN"]);

/** Table 0202. `CP`, a phone whose use is `mobile`, is seen to where it is read. */
export const telecomSystem = codeMap("0202", [
  ["PH", "phone"],
  ["FX", "fax"],
  ["BP", "pager"],
  ["Internet", "email"],
  ["X.400", "email"],
  ["MD", "other"],
  ["SAT", "other"],
  ["TDD", "other"],
  ["TTY", "other"],
]);
