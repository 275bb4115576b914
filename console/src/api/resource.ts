// Resources as components see them: loaded, and loaded again after every change.

import { useEffect, useState } from "preact/hooks";
import { Store } from "../store";
import { get, type Answer } from "./client";

/** Counts changes. Whatever is shown is read again after each. */
const changes = new Store(0);

export function reloadAll(): void {
  changes.set(changes.get() + 1);
}

export interface Loaded {
  answer?: Answer;
  error?: unknown;
  isLoading: boolean;
}

/** The resource at `href`. While another page of the same list is loaded, the last one stays. */
export function useResource(href: string | undefined): Loaded {
  const [loaded, setLoaded] = useState<Loaded & { href?: string }>({ isLoading: true });
  const [change, setChange] = useState(changes.get());
  useEffect(() => changes.observe(() => setChange(changes.get())), []);
  useEffect(() => {
    if (href === undefined) return;
    const controller = new AbortController();
    setLoaded((last) => (pathOf(last.href) === pathOf(href) ? { ...last, isLoading: true } : { isLoading: true }));
    get(href, controller.signal).then(
      (answer) => setLoaded({ answer, href, isLoading: false }),
      (error) => controller.signal.aborted || setLoaded({ error, href, isLoading: false }),
    );
    return () => controller.abort();
  }, [href, change]);
  return loaded;
}

function pathOf(href: string | undefined): string | undefined {
  return href?.split("?")[0];
}
