import { DAY_MS } from "../../../../base/days.ts";
import { FasciaError } from "../../../../base/errors.ts";

const MAX_CACHED_DAYS = 10_000;

/**
 * Offsets of an IANA time zone from UTC at wall-clock times, daylight saving included. A time that occurs twice (clocks
 * going back) is taken for the first of the two; one that does not occur (clocks going forward) keeps the offset that
 * held before.
 */
export class Zone {
  readonly #format: Intl.DateTimeFormat;
  /** Offset of a whole day, or undefined on days around a transition. */
  readonly #days = new Map<number, number | undefined>();

  private constructor(format: Intl.DateTimeFormat) {
    this.#format = format;
  }

  static readonly #known = new Map<string, Zone>();

  /** Throws FasciaError `TimeZoneUnknown`. */
  static of(name: string): Zone {
    let zone = Zone.#known.get(name);
    if (!zone) {
      zone = new Zone(formatOf(name));
      Zone.#known.set(name, zone);
    }
    return zone;
  }

  /** Minutes east of UTC at a wall-clock time, which is given as if it were UTC, in milliseconds since the epoch. */
  offsetAt(wall: number): number {
    const day = Math.floor(wall / DAY_MS);
    if (!this.#days.has(day)) {
      if (this.#days.size >= MAX_CACHED_DAYS) this.#days.clear();
      const before = this.#offsetOf((day - 1) * DAY_MS);
      this.#days.set(day, before === this.#offsetOf((day + 2) * DAY_MS) ? before : undefined);
    }
    return this.#days.get(day) ?? this.#nearTransition(wall);
  }

  #nearTransition(wall: number): number {
    const before = this.#offsetOf(wall - DAY_MS);
    const after = this.#offsetOf(wall + DAY_MS);
    if (this.#offsetOf(wall - before * 60_000) === before) return before;
    return this.#offsetOf(wall - after * 60_000) === after ? after : before;
  }

  /** Minutes east of UTC at an instant. */
  #offsetOf(instant: number): number {
    const match = /GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(this.#format.format(instant));
    if (!match?.[1]) return 0;
    const minutes = Number(match[2]) * 60 + Number(match[3]);
    return match[1] === "-" ? -minutes : minutes;
  }
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  } catch {
    throw new FasciaError("TimeZoneUnknown", `${timeZone} is not an IANA time zone; write it like Europe/Berlin`);
  }
}
