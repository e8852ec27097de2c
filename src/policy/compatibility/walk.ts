import type { Budget, Difference } from "./difference.ts";
import type { Part, Parts } from "./document.ts";
import type { Sameness } from "./same.ts";

/** What looking at one kind of value needs of the comparison as a whole. */
export interface Walk {
  budget: Budget;
  same: Sameness;
  /** What schemas ask for together, as the one document and the other resolve references. */
  writerParts(this: void, schemas: readonly unknown[]): Parts;
  readerParts(this: void, schemas: readonly unknown[]): Parts;
  /** What the reader's schemas ask for together and the writer's do not grant together. */
  differences(writer: readonly unknown[], reader: readonly unknown[], certain: boolean): Difference[];
  /** The same, with the writer's references followed. */
  met(writer: readonly Part[], reader: readonly unknown[], certain: boolean): Difference[];
}

/** Where the comparison stands: a value of which all of `writer` holds, met by one part of the reader's schema. */
export interface Meeting {
  writer: readonly Part[];
  reader: Part;
  /** False where the writer's schema has something that narrows it in a way that is not looked into. */
  certain: boolean;
}
