import { InvalidArgumentError } from "commander";
import { z } from "zod";

const instant = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);

/** An option's day or instant, in milliseconds since the epoch. A day is its beginning in UTC. */
export function parseAt(text: string): number {
  if (!instant.safeParse(text).success)
    throw new InvalidArgumentError("It must be a day or an instant, e.g. 2027-06-30 or 2027-06-30T12:00:00Z.");
  return Date.parse(text);
}
