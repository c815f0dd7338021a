/** The periods of limits: minutes of the clock, and calendar days and months in UTC. */

export interface Period {
  /** Minutes since 1970. */
  minute: number;
  /** `2026-11-30` */
  day: string;
  /** `2026-11` */
  month: string;
}

export function periodAt(now: number): Period {
  const day = dayOf(now);
  return { minute: Math.floor(now / 60_000), day, month: day.slice(0, 7) };
}

export function dayOf(moment: number): string {
  return new Date(moment).toISOString().slice(0, 10);
}

/** Milliseconds until a period is over. */
export function untilEnd(period: "minute" | "day" | "month", now: number): number {
  const date = new Date(now);
  const end =
    period === "minute"
      ? (Math.floor(now / 60_000) + 1) * 60_000
      : period === "day"
        ? Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 1)
        : Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  return end - now;
}
