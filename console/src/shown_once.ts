// What is shown once: it stays until the user has saved it, wherever the page goes.

import type { Resource } from "./api/hal";
import { Store } from "./store";

export interface ShownOnce {
  title: string;
  resource: Resource;
  /** The members of the resource that are not shown again. */
  names: string[];
}

interface State {
  shown?: ShownOnce;
  /** How many answers are looked at for what is shown once. */
  pending: number;
}

export const shownOnce = new Store<State>({ pending: 0 });

const isSaved = ({ shown, pending }: State) => shown === undefined && pending === 0;

/** The browser asks before it leaves the page. */
const ask = (event: Event) => event.preventDefault();

function change(part: Partial<State>): void {
  const state = { ...shownOnce.get(), ...part };
  if (isSaved(state)) removeEventListener("beforeunload", ask);
  else addEventListener("beforeunload", ask);
  shownOnce.set(state);
}

/** Does the work, which finds out whether an answer has something to show. Until then it is kept like what is shown. */
export async function keeping<T>(work: () => Promise<T>): Promise<T> {
  change({ pending: shownOnce.get().pending + 1 });
  try {
    return await work();
  } finally {
    change({ pending: shownOnce.get().pending - 1 });
  }
}

export function showOnce(shown: ShownOnce): void {
  change({ shown });
}

/** The user has saved what is shown. */
export function saved(): void {
  change({ shown: undefined });
}

/** Does the work as soon as there is nothing to save. */
export function whenSaved(work: () => void): void {
  if (isSaved(shownOnce.get())) return work();
  const stop = shownOnce.observe(() => {
    if (!isSaved(shownOnce.get())) return;
    stop();
    work();
  });
}
