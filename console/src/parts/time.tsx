// A time as people say it, with the exact one on hover.

import { Store, useStore } from "../store";
import { exactTime, relativeTime } from "../text/format";

/** How often what is shown is brought up to date, in milliseconds. */
const PERIOD = 30_000;

const now = new Store(new Date());
setInterval(() => now.set(new Date()), PERIOD);

export function Time({ value }: { value: string }) {
  const time = new Date(value);
  return (
    <time dateTime={value} title={exactTime(time)}>
      {relativeTime(time, useStore(now))}
    </time>
  );
}
