import { asking, Budget, type Difference, distinct, MEETING, TooLarge } from "./difference.ts";
import { Document, type Part, type Parts } from "./document.ts";
import { listDifferences } from "./lists.ts";
import { objectDifferences } from "./objects.ts";
import { isNarrowed, opaqueDifferences } from "./opaque.ts";
import { Sameness } from "./same.ts";
import { numberDifferences, stringDifferences } from "./scalars.ts";
import { isAmong, type JsonType, typesIn, typesOf } from "./types.ts";
import { branchesOf, excludes, type Union, UNIONS, unionDifferences } from "./unions.ts";
import { admitted, boundedValues, fewValues, listed, shownValues } from "./values.ts";
import type { Meeting, Walk } from "./walk.ts";

/**
 * What `reader` asks of a value and `writer` does not grant, place by place: nothing where every value that satisfies
 * the one satisfies the other. JSON Schema 2020-12; what is not looked into is told as not certain. It costs a bounded
 * time, whatever the schemas are: what is larger is one difference that is not certain. `beside`: a schema, without
 * references, that the writer's values satisfy as well.
 */
export function compareSchemas(writer: unknown, reader: unknown, beside: unknown = true): Difference[] {
  const comparison = new Comparison(writer, reader);
  try {
    return comparison.same.of(writer, reader) ? [] : comparison.differences([writer, beside], [reader], true);
  } catch (error) {
    if (error instanceof TooLarge || error instanceof RangeError) return [asking("too large to be compared", false)];
    throw error;
  }
}

class Comparison implements Walk {
  readonly budget = new Budget();
  readonly same: Sameness;
  readonly writerParts: Walk["writerParts"];
  readonly readerParts: Walk["readerParts"];
  readonly #ids = new WeakMap<Part, number>();
  #lastId = 0;
  /** By what meets; empty while it is under way, so that what refers to itself ends. */
  readonly #known = new Map<string, Difference[]>();

  constructor(writer: unknown, reader: unknown) {
    const documents = [new Document(writer), new Document(reader)] as const;
    const [ofWriter, ofReader] = documents;
    this.writerParts = (schemas) => ofWriter.parts(schemas, this.budget.spend);
    this.readerParts = (schemas) => ofReader.parts(schemas, this.budget.spend);
    this.same = new Sameness(documents, this.budget);
  }

  differences(writer: readonly unknown[], reader: readonly unknown[], certain: boolean): Difference[] {
    if (writer.length === 1 && reader.length === 1 && this.same.of(writer[0], reader[0])) return [];
    const granted = this.writerParts(writer);
    return granted === false ? [] : this.met(granted, reader, certain);
  }

  met(writer: readonly Part[], reader: readonly unknown[], certain: boolean): Difference[] {
    const asked = this.readerParts(reader);
    if (asked !== false && asked.length === 0) return [];
    const key = `${this.#idsOf(writer)}|${asked && this.#idsOf(asked)}|${certain}`;
    const known = this.#known.get(key);
    if (known !== undefined) return this.#paid(known);
    this.#known.set(key, []);
    const found = this.#opening(writer, asked, certain);
    this.#known.set(key, found);
    return this.#paid(found);
  }

  /** What is found once may stand under many places. */
  #paid(found: Difference[]): Difference[] {
    this.budget.spend(found.length);
    return found;
  }

  #idsOf(parts: readonly Part[]): string {
    return parts
      .map((part) => {
        const id = this.#ids.get(part) ?? ++this.#lastId;
        this.#ids.set(part, id);
        return id;
      })
      .join();
  }

  /** The writer's unions are opened only where that makes a difference. */
  #opening(writer: readonly Part[], reader: Parts, certain: boolean): Difference[] {
    const found = this.#asked(writer, reader, certain);
    if (found.length === 0) return found;
    for (const union of UNIONS) {
      const part = writer.find((one) => branchesOf(one, union) !== undefined);
      if (part !== undefined) return this.#opened({ writer, part, union }, reader, certain);
    }
    return found;
  }

  #opened({ writer, part, union }: Opening, reader: Parts, certain: boolean): Difference[] {
    const { [union]: _, ...rest } = part;
    const others = writer.map((one) => (one === part ? rest : one));
    const branches = (branchesOf(part, union) ?? []).map((branch) => this.writerParts([branch]));
    const isSure = certain && (union === "anyOf" || this.#areApart(branches));
    const found = branches.map((branch) =>
      branch === false ? [] : this.#opening([...others, ...branch], reader, isSure),
    );
    return distinct(found.flat());
  }

  /** Of `oneOf`, a value that satisfies two branches is not granted. */
  #areApart(branches: readonly Parts[]): boolean {
    return branches.every((a, index) =>
      branches.slice(index + 1).every((b) => typesOf(a).every((type) => excludes(a, b, type, this))),
    );
  }

  #asked(writer: readonly Part[], reader: Parts, certain: boolean): Difference[] {
    this.budget.spend(MEETING * writer.length);
    const values = fewValues(writer, this.writerParts);
    if (values !== undefined) return this.#askedOf({ writer, values, reader, certain });
    if (reader === false) return typesOf(writer).length === 0 ? [] : [asking("not allowed", certain)];
    const types = typesOf(writer);
    const isSure = certain && !writer.some(isNarrowed);
    const found = distinct(reader.flatMap((part) => this.#askedBy({ writer, reader: part, certain: isSure }, types)));
    return this.#provenBy(found, writer, types, reader);
  }

  /** `values`: all that the writer may grant. */
  #askedOf({ writer, values, reader, certain }: Few): Difference[] {
    this.budget.spend(values.length * (writer.length + (reader === false ? 1 : reader.length)));
    const answers = values.map((value) => ({ value, answer: admitted(reader, value, this.readerParts) }));
    const refused = answers.filter(({ answer }) => answer === "no").map(({ value }) => value);
    const granted = refused.filter((value) => admitted(writer, value, this.writerParts) === "yes");
    if (granted.length > 0) return [asking(`not ${shownValues(granted)}`, certain)];
    if (refused.length > 0) return [asking(`not ${shownValues(refused)}`, false)];
    const open = answers.filter(({ answer }) => answer === "unknown").map(({ value }) => value);
    return open.length === 0 ? [] : [asking(`perhaps not ${shownValues(open)}`, false)];
  }

  /** `types`: what a value of the writer may be. */
  #askedBy(meeting: Meeting, types: readonly JsonType[]): Difference[] {
    const { reader, certain } = meeting;
    const { true: fitting = [], false: others = [] } = Object.groupBy(
      types,
      (type) => String(isAmong(type, typesIn(reader))) as "true" | "false",
    );
    const found = others.length > 0 ? [asking(`not of type ${others.join(", ")}`, certain)] : [];
    if (fitting.length === 0) return found;
    const values = listed(reader);
    if (values !== undefined) found.push(asking(`only ${shownValues(values)}`, certain));
    for (const union of UNIONS) found.push(...unionDifferences(meeting, union, fitting, this));
    found.push(...opaqueDifferences(meeting, fitting, this));
    return [...found, ...fitting.flatMap((type) => this.#ofType(type, meeting))];
  }

  /** `found` as far as it holds of all the values that the writer may grant, where these are few: integers between bounds. */
  #provenBy(found: Difference[], writer: readonly Part[], types: readonly JsonType[], reader: Parts): Difference[] {
    const values = found.length === 0 ? undefined : boundedValues(writer, types);
    if (values === undefined) return found;
    this.budget.spend(values.length * writer.length);
    const granted = values.filter((value) => admitted(writer, value, this.writerParts) !== "no");
    const asked = this.#askedOf({ writer, values: granted, reader, certain: true });
    if (asked.length === 0) return asked;
    return asked.some(({ certain }) => certain) ? found : found.map((each) => ({ ...each, certain: false }));
  }

  #ofType(type: JsonType, meeting: Meeting): Difference[] {
    if (type === "string") return stringDifferences(meeting);
    if (type === "number" || type === "integer") return numberDifferences(meeting, type === "integer");
    if (type === "array") return listDifferences(meeting, this);
    return type === "object" ? objectDifferences(meeting, this) : [];
  }
}

interface Few {
  writer: readonly Part[];
  values: readonly unknown[];
  reader: Parts;
  certain: boolean;
}

interface Opening {
  writer: readonly Part[];
  /** The one of `writer` whose `union` is opened. */
  part: Part;
  union: Union;
}
