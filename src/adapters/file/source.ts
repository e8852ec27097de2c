import type { FileHandle } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { FileSourceSpec } from "../../api/adapter-file.ts";
import type { Receive, Source, SourceDeps } from "../adapter.ts";
import { type Patience, untilStored } from "../patience.ts";
import { Cutter, type FindNext, nextHeader, nextLine, type Piece } from "./cutter.ts";
import { Directory } from "./directory.ts";
import { type Inspected, inspectHl7, inspectLine, type Place } from "./inspect.ts";
import { type Progress, ProgressFile } from "./progress.ts";

const CHUNK_BYTES = 262_144;
/** Bytes around a message that don't count: line ends, framing, the trailers of a batch. */
const ENVELOPE_BYTES = 4096;

interface Format {
  /** What a message is counted in. */
  unit: "line" | "message";
  /** Whether what holds nothing counts too. */
  countsBlank: boolean;
  findNext: FindNext;
  inspect(bytes: Buffer, place: Place): Inspected;
}

const FORMATS: Record<FileSourceSpec["format"], Format> = {
  NDJSON: { unit: "line", countsBlank: true, findNext: nextLine, inspect: inspectLine },
  HL7v2: { unit: "message", countsBlank: false, findNext: nextHeader, inspect: inspectHl7 },
};

/**
 * Reads files dropped into a directory, in the order of their names, one message after another. A file must not change
 * any more once its name ends in `spec.suffix`: whoever writes it gives it that name last. When all its messages are
 * stored it moves to `done/`. A message that is malformed, too long or refused for good is left out and told of, by
 * number and reason without content, in `<name>.errors` beside the file; one that can't be stored right now is tried
 * until it can, and nothing behind it is read.
 *
 * A restart goes on in the middle of a file. The identity of an HL7 v2 message is that of MLLP (MSH-3, MSH-4, MSH-10),
 * that of a line is [file name, time of the file's last change, line number].
 */
export function createFileSource(spec: FileSourceSpec, deps: SourceDeps): Source {
  return new FileSource(spec, deps);
}

class FileSource implements Source {
  readonly #spec: FileSourceSpec;
  readonly #deps: SourceDeps;
  readonly #format: Format;
  readonly #directory: Directory;
  readonly #over = new AbortController();
  readonly #patience: Patience;
  #running: Promise<void> = Promise.resolve();

  constructor(spec: FileSourceSpec, deps: SourceDeps) {
    this.#spec = spec;
    this.#deps = deps;
    this.#format = FORMATS[spec.format];
    const failed = (reason: string, attempt: number) => deps.log.warn("file message not stored", { reason, attempt });
    this.#patience = { clock: deps.clock, signal: this.#over.signal, failed };
    this.#directory = new Directory(resolve(spec.directory), spec.suffix);
  }

  async start(receive: Receive): Promise<string> {
    await this.#directory.prepare();
    const progress = await ProgressFile.open(join(this.#directory.path, ".fascia-progress"));
    this.#running = this.#run(receive, progress);
    return pathToFileURL(this.#directory.path).href;
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#running;
  }

  async #run(receive: Receive, progress: ProgressFile): Promise<void> {
    const { clock, log } = this.#deps;
    while (!this.#over.signal.aborted) {
      try {
        await this.#scan(receive, progress);
      } catch (error) {
        log.error("file directory cannot be read", { error });
      }
      await clock.sleep(this.#spec.pollSeconds * 1000, this.#over.signal);
    }
    await progress.close();
  }

  async #scan(receive: Receive, progressFile: ProgressFile): Promise<void> {
    const names = await this.#directory.list();
    const begun = await progressFile.load();
    // What was begun is finished first: there is one place to remember.
    if (begun !== undefined && names.includes(begun.name)) names.unshift(begun.name);
    for (const name of new Set(names)) {
      if (this.#over.signal.aborted) return;
      const handle = await this.#directory.open(name);
      if (handle === undefined) continue;
      try {
        await this.#read(handle, await resumed(handle, name, begun), receive, progressFile);
      } finally {
        await handle.close();
      }
    }
  }

  /** Reads one file to its end and puts it away, unless stopped before. */
  async #read(handle: FileHandle, progress: Progress, receive: Receive, progressFile: ProgressFile): Promise<void> {
    if (progress.offset === 0) await this.#directory.forgetReport(progress.name);
    const limit = this.#spec.maxMessageBytes + ENVELOPE_BYTES;
    const cutter = new Cutter(this.#format.findNext, limit, progress.offset);
    for await (const piece of readPieces(handle, cutter, progress.offset)) {
      if (!(await this.#take(piece, progress, receive))) return;
      await progressFile.save(progress);
    }
    await this.#directory.finish(progress.name, progress.errors > 0);
    this.#deps.log.info("file read", { count: progress.number - progress.errors });
    if (progress.errors > 0) this.#deps.log.warn("file held messages that were not taken", { count: progress.errors });
  }

  /** Stores what a piece holds and moves `progress` behind it; false when stopped before it was stored. */
  async #take(piece: Piece, progress: Progress, receive: Receive): Promise<boolean> {
    const number = progress.number + 1;
    const found = this.#inspect(piece, { name: progress.name, modifiedMs: progress.modifiedMs, number });
    let refused = found.kind === "Malformed" ? found.reason : undefined;
    for (const message of found.kind === "Messages" ? found.messages : []) {
      const receipt = await untilStored(message, receive, this.#patience);
      if (receipt === undefined) return false;
      if (receipt.status === "Refused" || receipt.status === "Rejected") refused = `refused: ${receipt.reason}`;
    }
    if (refused !== undefined) {
      await this.#directory.report(progress.name, `${this.#format.unit} ${number}: ${refused}`);
      progress.errors++;
    }
    if (found.kind !== "Nothing" || this.#format.countsBlank) progress.number = number;
    progress.offset = piece.end;
    return true;
  }

  #inspect(piece: Piece, place: Place): Inspected {
    const { maxMessageBytes } = this.#spec;
    const found = piece.bytes && this.#format.inspect(piece.bytes, place);
    const tooLong = found?.kind === "Messages" && found.messages.some(({ body }) => body.length > maxMessageBytes);
    if (found !== undefined && !tooLong) return found;
    return { kind: "Malformed", reason: `longer than ${maxMessageBytes} bytes` };
  }
}

/** Where to go on: the place that was kept for this very file, or its beginning. */
async function resumed(handle: FileHandle, name: string, begun: Progress | undefined): Promise<Progress> {
  const { mtimeMs } = await handle.stat();
  if (begun?.name === name && begun.modifiedMs === mtimeMs) return begun;
  return { name, modifiedMs: mtimeMs, offset: 0, number: 0, errors: 0 };
}

async function* readPieces(handle: FileHandle, cutter: Cutter, offset: number): AsyncGenerator<Piece> {
  let at = offset;
  for (;;) {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, at);
    if (bytesRead === 0) break;
    at += bytesRead;
    yield* cutter.push(buffer.subarray(0, bytesRead));
  }
  yield* cutter.finish();
}
