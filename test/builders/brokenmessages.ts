import { sample } from "./adt.ts";

/** Of the sample messages' patient, for where something else belongs. */
export const NAME = "Quarzenstein-Müßig";
export const GIVEN = "Theodora";

/** Which of them does not begin with MSH. */
export const NO_HEADER = 0;

/** Messages that fail at the source or at normalising, each in its own way. */
export function brokenMessages(): Buffer[] {
  const good = sample("a01").toString("utf8");
  const changed = (id: string, from: string | RegExp, to: string) =>
    Buffer.from(good.replace("ZQ2603140001", `ZQ2603140001${id}`).replace(from, to));
  const headless = Buffer.from(good.slice(good.indexOf("PID|")));
  return [
    headless,
    changed("a", "ADT^A01^ADT_A01", "ADT^A99^ADT_A99"),
    changed("b", "ADT^A01^ADT_A01", `ADT^${NAME}`),
    changed("c", "ADT^A01^ADT_A01", `${NAME}^A01`),
    changed("d", /PV1\|1\|I/, `${NAME}|Balthasar`),
    changed("e", "UNICODE UTF-8", NAME),
    changed("f", "|193103071542|", `|${NAME}|`),
    changed("g", "|P|2.5.1|", `|P|${GIVEN}|`),
    changed("h", "20260314091502+0100", GIVEN),
    changed("i", /PID\|[^\r]*\r/, ""),
    changed("j", "|20260314090000|WALDKLINIK", `|${GIVEN}|${NAME}`),
    Buffer.concat([Buffer.from(good), Buffer.from(`NTE|1||${NAME} `.repeat(6000))]),
    Buffer.from([...Buffer.from(`MSH|^~\\&|${NAME}|`), 0xff, 0xfe, ...Buffer.from(`\r${GIVEN}\r`)]),
  ];
}
