import { expect, it } from "vitest";
import { Listeners } from "./listeners.ts";

it("tells each listener, from when it is added until it ends that", () => {
  const listeners = new Listeners<string>();
  const heard: string[] = [];
  listeners.tell("early");
  const end = listeners.add((what) => void heard.push(`a ${what}`));
  listeners.add((what) => void heard.push(`b ${what}`));
  listeners.tell("one");
  end();
  listeners.tell("two");
  expect(heard).toEqual(["a one", "b one", "b two"]);
});
