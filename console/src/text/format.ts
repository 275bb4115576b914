// Numbers and times in the language of the page.

import { language } from "./text";

const numbers = new Intl.NumberFormat(language);
const exact = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "medium" });
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const days = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" });

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

export const number = (value: number) => numbers.format(value);
export const exactTime = (time: Date) => exact.format(time);
export const day = (date: string) => days.format(new Date(`${date}T00:00:00Z`));

/** The time in the zone of the browser, as inputs for a day and a time take it; empty if it is not a time. */
export function localTime(value: string): string {
  const time = new Date(value);
  if (Number.isNaN(time.getTime())) return "";
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** "3 hours ago", "in 2 days". */
export function relativeTime(time: Date, now: Date): string {
  const seconds = (time.getTime() - now.getTime()) / 1000;
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return relative.format(Math.round(seconds / length), unit);
  }
  return relative.format(0, "second");
}
