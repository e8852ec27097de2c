import { expect, test } from "vitest";
import { compileNamed } from "./named.ts";

test("an expression that fails says in which field it stands, with code and place as before", async () => {
  const expression = compileNamed('$error("no")', "spec.event.filter");
  await expect(expression.evaluate({}, {})).rejects.toMatchObject({
    code: "ExpressionFailed",
    message: expect.stringMatching(/^spec\.event\.filter: the expression failed at line 1, column \d+: /),
  });
});

test("so does one that does not compile", () => {
  expect(() => compileNamed("1 +", "spec.emits key of news")).toThrow(
    expect.objectContaining({ code: "ExpressionSyntax", message: expect.stringMatching(/^spec\.emits key of news: /) }),
  );
});

test("one that succeeds yields what it yields", async () => {
  expect(await compileNamed("a + $message.b", "spec.event.filter").evaluate({ a: 1 }, { message: { b: 2 } })).toBe(3);
});
