// A time as people say it, with the exact one on hover.

import { exactTime, relativeTime } from "../text/format";

export function Time({ value }: { value: string }) {
  const time = new Date(value);
  return (
    <time dateTime={value} title={exactTime(time)}>
      {relativeTime(time, new Date())}
    </time>
  );
}
