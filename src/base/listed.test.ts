import { expect, test } from "vitest";
import { listed } from "./listed.ts";

test.each<[string[], string]>([
  [[], ""],
  [["a"], "a"],
  [["a", "b"], "a, b"],
  [["a", "b", "c", "d"], "a, b and 2 more"],
])("Of %j two are named", (texts, expected) => expect(listed(texts, 2)).toBe(expected));
