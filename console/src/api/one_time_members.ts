// Which members of an answer are not shown again.

import { get, type Answer } from "./client";
import { link, members, type Resource } from "./hal";
import { isCeremony } from "./passkey";

/** How long to wait for the resource, in milliseconds. */
const TIMEOUT = 5000;

/** The members that the resource does not have when it is read afterwards. `before` is the resource that the request was about. */
export async function oneTimeMembers({ resource, location }: Answer, before: Resource): Promise<string[]> {
  // Options of a ceremony are for the browser.
  if (isCeremony(resource)) return [];
  const names = members(resource).flatMap(([name, value]) => (value === null || value === "" ? [] : [name]));
  const href = location ?? link(resource, "self")?.href;
  const added = href !== undefined && href === link(before, "self")?.href ? without(names, before) : names;
  if (added.length === 0 || href === undefined) return added;
  const after = await get(href, AbortSignal.timeout(TIMEOUT)).catch(() => undefined);
  // What cannot be read is not shown again either.
  return without(added, after?.resource ?? {});
}

function without(names: string[], resource: Resource): string[] {
  return names.filter((name) => !(name in resource));
}
