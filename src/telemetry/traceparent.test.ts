import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatTraceparent, parseTraceparent } from "./traceparent.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

const hex = (length: number) =>
  fc
    .string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length })
    .filter((text) => !/^0+$/.test(text));

describe("traceparent", () => {
  it("reads the four fields of version 00", () => {
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual({ traceId: TRACE, spanId: SPAN, flags: 1 });
  });

  it("reads what it knows of a later version", () => {
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-03-what-the-future-brings`)).toEqual({
      traceId: TRACE,
      spanId: SPAN,
      flags: 3,
    });
  });

  it.each([
    ["an unknown form", "hello"],
    ["version ff", `ff-${TRACE}-${SPAN}-01`],
    ["version 00 with more fields", `00-${TRACE}-${SPAN}-01-x`],
    ["a zero trace id", `00-${"0".repeat(32)}-${SPAN}-01`],
    ["a zero span id", `00-${TRACE}-${"0".repeat(16)}-01`],
    ["upper case", `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ["a line feed at the end", `00-${TRACE}-${SPAN}-01\n`],
    ["a header injected", `cc-${TRACE}-${SPAN}-01-\r\nx: y`],
    ["an endless value", `cc-${TRACE}-${SPAN}-01-${"x".repeat(100_000)}`],
    ["nothing", ""],
    ["undefined", undefined],
    ["an object", [`00-${TRACE}-${SPAN}-01`]],
  ])("drops %s", (_what, value) => {
    expect(parseTraceparent(value)).toBeUndefined();
  });

  it("is read back as it was written, and never throws", () => {
    const parent = fc.record({ traceId: hex(32), spanId: hex(16), flags: fc.nat(255) });
    fc.assert(
      fc.property(parent, (value) => {
        expect(parseTraceparent(formatTraceparent(value))).toEqual(value);
      }),
    );
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void parseTraceparent(text)));
  });
});
