// Repeats what may be repeated, while the service is away or busy.

import { waiting } from "../notices";
import { t } from "../text/text";
import { ApiError, Unreachable } from "./problem";

/** Attempts, and the pause after the first in milliseconds; each further pause is twice as long. */
const ATTEMPTS = 5;
const PAUSE = 1000;

/** What the work comes to. The page says why it waits. */
export async function repeated<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        const pause = attempt < ATTEMPTS ? pauseAfter(error, attempt) : undefined;
        if (pause === undefined || signal?.aborted) throw error;
        waiting.set(error instanceof Unreachable ? t("error.unreachable_retry") : t("error.busy_retry"));
        await wait(pause, signal);
        if (signal?.aborted) throw error;
      }
    }
  } finally {
    waiting.set(undefined);
  }
}

/** Waits so many milliseconds, or until the signal. */
function wait(time: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, time);
    signal?.addEventListener("abort", () => resolve());
  });
}

/** The pause after which the work may be repeated, in milliseconds; `undefined` if it would fail again. */
function pauseAfter(error: unknown, attempt: number): number | undefined {
  if (error instanceof Unreachable) return PAUSE * 2 ** (attempt - 1);
  if (error instanceof ApiError && error.problem.status === 503) return (error.problem.retryAfter ?? 1) * 1000;
  return undefined;
}
