import { Cron } from "croner";
import type { ChangeWindow } from "../api/datadomain.ts";

/** When a window opens next, and for how long. */
export interface Opening {
  /** Milliseconds since the epoch. */
  at: number;
  window: ChangeWindow;
}

/** Whether one of `windows` is open at `now` (milliseconds since the epoch): from each start on, for its duration. */
export const isOpen = (windows: readonly ChangeWindow[], now: number): boolean =>
  windows.some((window) => {
    const started = startAfter(window, now - window.durationMinutes * 60_000);
    return started !== undefined && started <= now;
  });

/** The next one that opens after `now`; undefined where none ever does. */
export function nextOpening(windows: readonly ChangeWindow[], now: number): Opening | undefined {
  const openings = windows.flatMap((window): Opening[] => {
    const at = startAfter(window, now);
    return at === undefined ? [] : [{ at, window }];
  });
  return openings.toSorted((a, b) => a.at - b.at)[0];
}

/** Why `schedule` is none, or undefined. */
export function faultOfSchedule(schedule: string): string | undefined {
  try {
    if (startAfter({ schedule, timeZone: "UTC" }, 0) !== undefined) return undefined;
  } catch {
    return `"${schedule}" is no cron schedule of five fields; write e.g. 0 22 * * 2`;
  }
  return `"${schedule}" names a day that no year has: it would never open`;
}

/** The first start after `after`. Around a change of clocks as cron has it: a time that is skipped is the next one that is. */
function startAfter(
  { schedule, timeZone }: Pick<ChangeWindow, "schedule" | "timeZone">,
  after: number,
): number | undefined {
  const cron = new Cron(schedule, { timezone: timeZone, mode: "5-part" });
  return cron.nextRun(new Date(after))?.getTime();
}
