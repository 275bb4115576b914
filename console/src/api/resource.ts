// Resources as components see them: loaded, and loaded again after every change.

import { useEffect, useState } from "preact/hooks";
import { Store } from "../store";
import { get, type Answer } from "./client";
import { ApiError } from "./problem";

/** The last change: how many there have been, and what it was about, if not about everything. */
const changes = new Store<{ count: number; href?: string }>({ count: 0 });

/** Reads again what is shown: the resource at `href`, or everything. */
export function reload(href?: string): void {
  changes.set({ count: changes.get().count + 1, href });
}

export interface Loaded {
  answer?: Answer;
  error?: unknown;
  isLoading: boolean;
}

/**
 * The resource at `href`. While another page of the same list is loaded, the last one stays, and so it does if the filters of the
 * list are refused: they can be corrected then.
 */
export function useResource(href: string | undefined): Loaded {
  const [loaded, setLoaded] = useState<Loaded & { href?: string }>({ isLoading: true });
  const [change, setChange] = useState(changes.get().count);
  useEffect(() => {
    const look = () => {
      const { count, href: changed } = changes.get();
      if (changed === undefined || changed === href) setChange(count);
    };
    return changes.observe(look);
  }, [href]);
  useEffect(() => {
    if (href === undefined) return;
    const controller = new AbortController();
    const isSame = (last: { href?: string }) => pathOf(last.href) === pathOf(href);
    setLoaded((last) => (isSame(last) ? { ...last, isLoading: true } : { isLoading: true }));
    get(href, controller.signal).then(
      (answer) => setLoaded({ answer, href, isLoading: false }),
      (error) => {
        if (controller.signal.aborted) return;
        setLoaded((last) => ({
          answer: isRefusedFilter(error) && isSame(last) ? last.answer : undefined,
          error,
          href,
          isLoading: false,
        }));
      },
    );
    return () => controller.abort();
  }, [href, change]);
  return loaded;
}

function isRefusedFilter(error: unknown): boolean {
  return error instanceof ApiError && error.problem.status === 400 && error.problem.faults.length > 0;
}

/** A URL without its query. */
export function pathOf(href: string | undefined): string | undefined {
  return href?.split("?")[0];
}
