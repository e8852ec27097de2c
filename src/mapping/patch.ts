// CommonJS: what it exports is only there as its default.
import jsonPatch, { type Operation } from "fast-json-patch";
import type { Translation } from "../api/contractversion.ts";
import { FasciaError } from "../base/errors.ts";
import { copyJson } from "./copy.ts";
import { unescaped } from "../base/jsonpointer.ts";

export type PatchOperation = NonNullable<Translation["patch"]>[number];

/** Members that lead out of the data into the language. */
const FORBIDDEN = new Set(["__proto__", "prototype", "constructor"]);

const NEEDS: Record<PatchOperation["op"], "value" | "from" | undefined> = {
  add: "value",
  replace: "value",
  test: "value",
  move: "from",
  copy: "from",
  remove: undefined,
};

/** Throws FasciaError `TranslationInvalid` for what RFC 6902 does not allow whatever the document. */
export function checkPatch(patch: readonly PatchOperation[]): void {
  for (const [index, operation] of patch.entries()) {
    const need = NEEDS[operation.op];
    if (need !== undefined && operation[need] === undefined) throw invalid(index, operation, `needs \`${need}\``);
    for (const pointer of [operation.path, ...(operation.from === undefined ? [] : [operation.from])]) {
      const wrong = wrongPointer(pointer);
      if (wrong !== undefined) throw invalid(index, operation, wrong);
    }
  }
}

/** What a document lacks because its receiver may not see it. */
export interface Gaps {
  /** Lists are shorter: what an index means is another item. */
  inLists: boolean;
}

/**
 * The document after the patch (RFC 6902): all operations or none. `document` is not changed. Where it has `gaps`, an
 * operation on what is not there is left out, since nobody knows that it would have been. Rejects what does not
 * apply with FasciaError `TranslationFailed`, which names the operation and never a value of the document.
 */
export function applyPatch(document: unknown, patch: readonly PatchOperation[], gaps?: Gaps): unknown {
  let result = copyJson(document);
  for (const [index, operation] of patch.entries()) {
    if (gaps?.inLists && countsItems(operation)) throw failed(index, operation, MISCOUNTED);
    try {
      result = jsonPatch.applyOperation(result, copyJson(operation) as Operation, true, true, true, index).newDocument;
    } catch (error) {
      if (gaps !== undefined && isAbsence(error)) continue;
      throw failed(index, operation, reasonOf(error));
    }
  }
  return result;
}

const MISCOUNTED =
  "it counts items of a list, of which the receiver's clearance hides some: write it as jsonata, which looks for them";

const countsItems = ({ path, from = "" }: PatchOperation): boolean => /\/[0-9]+(\/|$)/.test(`${path}/${from}`);

const ABSENCE = new Set([
  "OPERATION_PATH_UNRESOLVABLE",
  "OPERATION_PATH_CANNOT_ADD",
  "OPERATION_FROM_UNRESOLVABLE",
  "OPERATION_VALUE_OUT_OF_BOUNDS",
]);

const isAbsence = (error: unknown): boolean => error instanceof Error && ABSENCE.has(error.name);

function wrongPointer(pointer: string): string | undefined {
  if (pointer !== "" && !pointer.startsWith("/")) return "has a path that is no JSON Pointer: it must start with `/`";
  if (/~(?![01])/.test(pointer)) return "has a path with `~` that is neither `~0` nor `~1`";
  const names = pointer.split("/").map(unescaped);
  return names.some((name) => FORBIDDEN.has(name)) ? "has a path that leads to a prototype" : undefined;
}

/** Codes of fast-json-patch, whose messages quote the document. */
const REASONS: Record<string, string> = {
  OPERATION_PATH_UNRESOLVABLE: "its path leads nowhere; elements that may be absent need a jsonata translation",
  OPERATION_PATH_CANNOT_ADD: "the place to add to does not exist",
  OPERATION_FROM_UNRESOLVABLE: "its `from` leads nowhere; elements that may be absent need a jsonata translation",
  OPERATION_PATH_ILLEGAL_ARRAY_INDEX: "its path has no index where the document has a list",
  OPERATION_VALUE_OUT_OF_BOUNDS: "its index is beyond the end of the list",
  TEST_OPERATION_FAILED: "the document has another value there",
};

function reasonOf(error: unknown): string {
  const name = error instanceof Error ? error.name : "";
  return REASONS[name] ?? "the document has not the shape that it expects";
}

const failed = (index: number, operation: PatchOperation, why: string): FasciaError =>
  new FasciaError("TranslationFailed", `${nameOf(index, operation)} does not apply: ${why}`);

const nameOf = (index: number, { op, path }: PatchOperation): string => `patch[${index}] (${op} ${path})`;

function invalid(index: number, operation: PatchOperation, why: string): FasciaError {
  return new FasciaError("TranslationInvalid", `${nameOf(index, operation)} ${why}`);
}
