import { expect, test } from "vitest";
import { sameHub } from "./hubcommand.ts";

test.each([
  [{ data: ".fascia/data" }, ""],
  [{ data: "/srv/fascia" }, " --data /srv/fascia"],
  [{ data: ".fascia/data", nats: "nats://hub:4222" }, " --nats nats://hub:4222"],
  [{ data: ".fascia/data", nats: "nats://ops:secret@hub:4222" }, " --nats URL"],
  [
    { data: ".fascia/data", nats: "tls://hub:4222", natsCreds: "ops.creds" },
    " --nats tls://hub:4222 --nats-creds ops.creds",
  ],
])("a hint to another command finds the hub of %j again", (options, expected) => {
  expect(sameHub(options)).toBe(expected);
});
