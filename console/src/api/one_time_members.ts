// Which members of an answer are not shown again.

import { get, type Answer } from "./client";
import { items, link, members, type Resource } from "./hal";
import { isCeremony } from "./passkey";

/** How long to wait for the resource, in milliseconds. */
const TIMEOUT = 5000;

export interface OneTimeMembers {
  names: string[];
  /** Whether the resource could not be read: then some of them may be shown again. */
  isGuess: boolean;
}

/** The members that the resource does not have when it is read afterwards. `before` is the resource that the request was about. */
export async function oneTimeMembers({ resource, location }: Answer, before: Resource): Promise<OneTimeMembers> {
  // Options of a ceremony are for the browser.
  if (isCeremony(resource)) return { names: [], isGuess: false };
  const names = members(resource).flatMap(([name, value]) => (value === null || value === "" ? [] : [name]));
  const href = location ?? link(resource, "self")?.href;
  const added = href !== undefined && href === link(before, "self")?.href ? without(names, before) : names;
  if (added.length === 0 || href === undefined) return { names: added, isGuess: false };
  const after = await inTime((signal) => get(href, signal)).catch(() => undefined);
  if (after) return { names: without(added, after.resource), isGuess: false };
  // What the other items of the list have can be read later.
  const known = items(before)?.items ?? [];
  return { names: known.reduce(without, added), isGuess: true };
}

function without(names: string[], resource: Resource): string[] {
  return names.filter((name) => !(name in resource));
}

/** What the work comes to. After the time, this fails, whatever the work is waiting for. */
function inTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(TIMEOUT);
  const late = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  return Promise.race([work(signal), late]);
}
