import type { RepetitionInput } from "../compose.ts";
import type { Segment } from "../segment.ts";
import type { Message } from "../message.ts";
import type { Version } from "./datatypes/person.ts";
import type { Source } from "./source.ts";

/** A message that is being written, and what it is written from. */
export interface Rendering {
  message: Message;
  source: Source;
  version: Version;
}

/** Sets a field where there is a value for it. */
export function set(segment: Segment, field: number, value: RepetitionInput | undefined): void {
  if (value !== undefined) segment.setField(field, [value]);
}
