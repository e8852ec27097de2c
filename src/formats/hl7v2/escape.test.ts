import { describe, expect, it } from "vitest";
import { type Delimiters, STANDARD_DELIMITERS } from "./delimiters.ts";
import { escapeText, unescapeText } from "./escape.ts";

const utf8 = (raw: string): string => Buffer.from(raw, "latin1").toString("utf8");
const unescape = (text: string, delimiters: Delimiters = STANDARD_DELIMITERS): string =>
  unescapeText(text, delimiters, utf8);

describe("unescapeText", () => {
  it.each([
    ["plain", "plain"],
    ["a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f", "a|b^c&d~e\\f"],
    ["one\\.br\\two", "one\ntwo"],
    ["\\X41\\", "A"],
    ["\\XC3A4\\x\\X0D0A\\", "äx\r\n"],
    ["\\XC3\\\\XA4\\", "ä"],
    ["\\XC3\\ \\XA4\\", "\ufffd \ufffd"],
    ["\\E\\F\\E\\", "\\F\\"],
  ])("reads %j as %j", (text, expected) => {
    expect(unescape(text)).toBe(expected);
  });

  it.each([
    "\\H\\loud\\N\\",
    "\\.sp3\\",
    "\\Zlocal\\",
    "\\X4\\",
    "\\XGG\\",
    "\\X\\",
    "\\",
    "a\\",
    "\\\\",
    "\\P\\",
    "\\f\\",
  ])("leaves %j as it is", (text) => {
    expect(unescape(text)).toBe(text);
  });

  it("knows the truncation character where one is declared", () => {
    expect(unescape("a\\P\\", { ...STANDARD_DELIMITERS, truncation: "#" })).toBe("a#");
  });

  it("reads nothing as an escape where no escape character is declared", () => {
    const delimiters = { ...STANDARD_DELIMITERS, escape: "", subcomponent: "" };
    expect(unescape("a\\F\\", delimiters)).toBe("a\\F\\");
  });
});

describe("escapeText", () => {
  it.each(["", "plain", "a|b^c&d~e\\f", "one\ntwo\r\n", "\\F\\", "ä😀"])("is undone by unescapeText: %j", (text) => {
    expect(unescape(escapeText(text, STANDARD_DELIMITERS) ?? "none")).toBe(text);
  });

  it("writes no sequence that the declared delimiters would take apart", () => {
    const delimiters = { ...STANDARD_DELIMITERS, escape: ".", component: "\\" };
    expect(escapeText("a\nb.c", delimiters)).toBe("a.X0A.b.E.c");
    expect(unescape("a.X0A.b.E.c", delimiters)).toBe("a\nb.c");
  });

  it("gives nothing where an escape is needed and no escape character is declared", () => {
    const delimiters = { ...STANDARD_DELIMITERS, escape: "", subcomponent: "" };
    expect(escapeText("a|b", delimiters)).toBeUndefined();
    expect(escapeText("a&b", delimiters)).toBe("a&b");
  });
});
