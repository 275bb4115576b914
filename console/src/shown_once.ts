// What is shown once: it stays until the user has saved it, wherever the page goes.

import type { Resource } from "./api/hal";
import { Store } from "./store";

export interface ShownOnce {
  title: string;
  resource: Resource;
  /** The members of the resource that are not shown again. */
  names: string[];
}

export const shownOnce = new Store<ShownOnce | undefined>(undefined);

/** The browser asks before it leaves the page. */
const ask = (event: Event) => event.preventDefault();

export function showOnce(shown: ShownOnce): void {
  addEventListener("beforeunload", ask);
  shownOnce.set(shown);
}

/** The user has saved what is shown. */
export function saved(): void {
  removeEventListener("beforeunload", ask);
  shownOnce.set(undefined);
}

/** Does the work as soon as there is nothing to save. */
export function whenSaved(work: () => void): void {
  if (!shownOnce.get()) return work();
  const stop = shownOnce.observe(() => {
    if (shownOnce.get()) return;
    stop();
    work();
  });
}
