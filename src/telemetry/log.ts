import { pino } from "pino";
import { checkFields, type LogFields, REFUSED } from "./fields.ts";
import { prettyLine } from "./pretty.ts";

export type { LogFields } from "./fields.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * The name of a log event is written in the source, in lower case: a computed string does not compile, so nothing
 * that came over a wire can become one.
 */
export type EventName<E extends string> = {} extends Record<E, true> ? never : Lowercase<E>;

/** Takes what happened, and with what. Payload content cannot get in: names are literals and fields are a closed list. */
export interface Log {
  debug<E extends string>(event: E & EventName<E>, fields?: LogFields): void;
  info<E extends string>(event: E & EventName<E>, fields?: LogFields): void;
  warn<E extends string>(event: E & EventName<E>, fields?: LogFields): void;
  error<E extends string>(event: E & EventName<E>, fields?: LogFields): void;
  /** A log that adds `fields` to every line. */
  child(fields: LogFields): Log;
}

export interface LogOptions {
  level: LogLevel;
  /** Where lines go, each with its line feed; default: standard error, since standard output carries what commands print. */
  destination?: { write(line: string): void };
  /** Lines for people instead of JSON; coloured where standard error is a terminal. */
  pretty?: boolean;
}

/** Words of letters and digits, each starting with a letter; what the compiler already asked for, and short. */
const EVENT = /^(?=.{1,64}$)[a-z][a-z0-9]*([ .-][a-z][a-z0-9]*)*$/;

export function createLog(options: LogOptions): Log {
  const destination = options.destination ?? pino.destination({ fd: 2, sync: true });
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.pretty === true ? prettyTo(destination) : destination,
  );
  return wrap(logger, {});
}

/** For tests and tools that say nothing. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};

function prettyTo(destination: { write(line: string): void }): { write(line: string): void } {
  const colours = process.stderr.isTTY === true && process.env["NO_COLOR"] === undefined;
  return { write: (line) => destination.write(prettyLine(line, colours)) };
}

function wrap(logger: pino.Logger, bound: Record<string, string | number | boolean>): Log {
  const writer = (level: "debug" | "info" | "warn" | "error") => (event: string, fields?: LogFields) => {
    if (!logger.isLevelEnabled(level)) return;
    logger[level](fields === undefined ? bound : { ...bound, ...checkFields(fields) }, checkEvent(event));
  };
  return {
    debug: writer("debug"),
    info: writer("info"),
    warn: writer("warn"),
    error: writer("error"),
    child: (fields) => wrap(logger, { ...bound, ...checkFields(fields) }),
  };
}

/** `event` where it has the form of an event name. */
export function checkEvent(event: unknown): string {
  return typeof event === "string" && EVENT.test(event) ? event : REFUSED;
}
