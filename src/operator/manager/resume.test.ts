import { describe, expect, it } from "vitest";
import { KubeError, noAnswer } from "../kube/failure.ts";
import { type Ended, resume } from "./resume.ts";

const failed = (status: number, retryAfterMs?: number) => new KubeError("watch", { status, retryAfterMs });
const silent = noAnswer("watch", Object.assign(new Error("quiet"), { code: "UND_ERR_BODY_TIMEOUT" }));
const cut = noAnswer("watch", Object.assign(new Error("cut"), { code: "ECONNRESET" }));

const ended = (more: Partial<Ended>): Ended => ({ livedMs: 0, progressed: false, ...more });
const half = () => 0.5;

describe("after a watch", () => {
  it.each([
    {
      when: "the server ended it as it was asked to",
      is: ended({ livedMs: 300_000 }),
      before: 0,
      goesOn: [false, 0, 0],
    },
    { when: "it ended soon, but brought something", is: ended({ progressed: true }), before: 4, goesOn: [false, 0, 0] },
    { when: "it ended at once with nothing", is: ended({}), before: 0, goesOn: [false, 375, 1] },
    { when: "its history is gone", is: ended({ error: failed(410) }), before: 0, goesOn: [true, 0, 1] },
    { when: "its history is gone again", is: ended({ error: failed(410) }), before: 1, goesOn: [true, 750, 2] },
    { when: "it fell silent", is: ended({ error: silent, livedMs: 90_000 }), before: 0, goesOn: [true, 0, 1] },
    { when: "its connection was cut", is: ended({ error: cut, livedMs: 60_000 }), before: 2, goesOn: [false, 375, 1] },
    { when: "the server fails", is: ended({ error: failed(500) }), before: 0, goesOn: [false, 375, 1] },
    { when: "the server fails a third time", is: ended({ error: failed(500) }), before: 2, goesOn: [true, 1500, 3] },
    { when: "the server is too busy", is: ended({ error: failed(429, 7000) }), before: 0, goesOn: [false, 7000, 1] },
    { when: "nothing helps for long", is: ended({ error: cut }), before: 50, goesOn: [true, 11_250, 51] },
    { when: "something of ours threw", is: ended({ error: new TypeError("x") }), before: 0, goesOn: [false, 375, 1] },
  ])("that ended because $when: relist, wait, failures = $goesOn", ({ is, before, goesOn }) => {
    const { relist, waitMs, failures } = resume(is, before, half);
    expect([relist, waitMs, failures]).toEqual(goesOn);
  });
});
