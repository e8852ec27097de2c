import { codeMap, conceptMap, knownCodes, tableSystem, userTable } from "./table.ts";

/** Tables of people, as the HL7 v2-to-FHIR implementation guide maps them (its concept maps bear the tables' names). */

const ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";
const NULL_FLAVOR = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor";
const CONTACT_ROLE = tableSystem("0131");
const RELATIONSHIP = tableSystem("0063");

/** Table 0001. `O` stands first among those that become `other`. */
export const administrativeSex = codeMap("0001", [
  ["F", "female"],
  ["M", "male"],
  ["O", "other"],
  ["U", "unknown"],
  ["A", "other"],
  ["N", "other"],
]);

/** Table 0002. */
export const maritalStatus = conceptMap("0002", "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", [
  ["A", "L", "Legally Separated"],
  ["D", "D", "Divorced"],
  ["M", "M", "Married"],
  ["S", "S", "Never Married"],
  ["W", "W", "Widowed"],
  ["C", "C", "Common Law"],
  ["G", "T", "Domestic partner"],
  ["P", "T", "Domestic partner"],
  ["R", "T", "Domestic partner"],
  ["E", "L", "Legally Separated"],
  ["N", "A", "Annulled"],
  ["I", "I", "Interlocutory"],
  ["B", "U", "unmarried"],
  ["U", "UNK", "unknown", NULL_FLAVOR],
  ["O", "OTH", "other", NULL_FLAVOR],
  ["T", "NAVU", "Not available", NULL_FLAVOR],
]);

/** Table 0063. */
export const relationship = conceptMap("0063", ROLE, [
  ["SEL", "ONESELF", "self"],
  ["SPO", "SPS", "spouse"],
  ["DOM", "SIGOTHR", "significant other"],
  ["CHD", "CHILD", "child"],
  ["GCH", "GRNDCHILD", "grandchild"],
  ["NCH", "NCHILD", "natural child"],
  ["SCH", "STPCHLD", "step child"],
  ["FCH", "CHLDFOST", "foster child"],
  ["DEP", "DEP", "Handicapped dependent", RELATIONSHIP],
  ["WRD", "WRD", "Ward of court", RELATIONSHIP],
  ["PAR", "PRN", "parent"],
  ["MTH", "MTH", "mother"],
  ["FTH", "FTH", "father"],
  ["CGV", "CGV", "Care giver", RELATIONSHIP],
  ["GRD", "GRD", "Guardian", RELATIONSHIP],
  ["GRP", "GRPRN", "grandparent"],
  ["EXF", "EXT", "extended family member"],
  ["SIB", "SIB", "sibling"],
  ["BRO", "BRO", "brother"],
  ["SIS", "SIS", "sister"],
  ["FND", "FRND", "unrelated friend"],
  ["OAD", "OAD", "Other adult", RELATIONSHIP],
  ["EME", "EME", "Employee", RELATIONSHIP],
  ["EMR", "E", "Employer", CONTACT_ROLE],
  ["ASC", "ASC", "Associate", RELATIONSHIP],
  ["EMC", "C", "Emergency Contact", CONTACT_ROLE],
  ["OWN", "OWN", "Owner", RELATIONSHIP],
  ["TRA", "TRA", "Trainer", RELATIONSHIP],
  ["MGR", "MGR", "Manager", RELATIONSHIP],
  ["NON", "NON", "None", RELATIONSHIP],
  ["UNK", "U", "Unknown", CONTACT_ROLE],
  ["OTH", "O", "Other", CONTACT_ROLE],
]);

/** Table 0131. */
export const contactRole = knownCodes("0131", [
  ["E", "Employer"],
  ["C", "Emergency Contact"],
  ["F", "Federal Agency"],
  ["I", "Insurance Company"],
  ["N", "Next-of-Kin"],
  ["S", "State Agency"],
  ["O", "Other"],
  ["U", "Unknown"],
]);

/** Table 0200. The guide leaves the other name types without a use. */
export const nameType = codeMap("0200", [
  ["L", "official"],
  ["R", "official"],
  ["D", "usual"],
  ["M", "maiden"],
  ["N", "nickname"],
  ["MSK", "anonymous"],
  ["TEMP", "temp"],
  ["NAV", "temp"],
  ["BAD", "old"],
]);

/** Tables that FHIR has no counterpart for, or that each country fills itself. */
export const race = userTable("0005");
export const ethnicGroup = userTable("0189");
export const citizenship = userTable("0171");
export const nationality = userTable("0212");
export const handicap = userTable("0295");
export const language = userTable("0296");

/** Table 0203; the guide keeps the codes. */
export const IDENTIFIER_TYPE = tableSystem("0203");
