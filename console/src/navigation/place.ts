// Places of the console, and their addresses. A place is a resource and a trail: the relations, and items of lists, that are followed
// from it. The address of `/v1/users#create` is `…/console/v1/users#create`. A step of the trail may have a query, which is the page and
// the filters of a list: `…/console/v1/me#audit?outcome=refused`.

import { useEffect, useState } from "preact/hooks";
import { CONSOLE, ENTRY, PREFIX } from "../api/entry";
import { pathOf } from "../api/resource";

export interface Place {
  href: string;
  trail: string[];
}

export const HOME: Place = { href: ENTRY, trail: [] };

export function addressOf({ href, trail }: Place): string {
  const path = href === ENTRY ? "" : href.slice(PREFIX.length + 1);
  const fragment = trail.map(encoded).join("/");
  return CONSOLE.pathname + path + (fragment && `#${fragment}`);
}

export function currentPlace(): Place {
  const path = location.pathname.slice(CONSOLE.pathname.length);
  const trail = location.hash.slice(1).split("/").filter(Boolean).map(decoded);
  return { href: path ? `${PREFIX}/${path}${location.search}` : ENTRY, trail };
}

/** The text, percent-encoded but for what a query consists of. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/%(3F|3D|26|2C|2B)/g, decodeURIComponent);
}

/** The text; unchanged if it is not percent-encoded as it should be. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const CHANGED = "place-changed";

export interface GoOptions {
  /** Whether the back button skips the present place. */
  replace?: boolean;
  /** Whether something is closed: the back button does not open it again. */
  isClosing?: boolean;
}

/** What is kept with an entry of the history. */
interface Kept {
  /** The resource that was shown before this one, with its page and filters. */
  from?: string;
  /** The address of the entry before. */
  before?: string;
}

const kept = (): Kept => history.state ?? {};

/** Whether the browser is on its way back. */
let isLeaving = false;
addEventListener("popstate", () => (isLeaving = false));

export function go(place: Place, { replace, isClosing }: GoOptions = {}): void {
  const address = addressOf(place);
  const before = location.pathname + location.search + location.hash;
  if (isClosing && (isLeaving || kept().before === address)) {
    if (!isLeaving) history.back();
    isLeaving = true;
    return;
  }
  const here = currentPlace().href;
  const from = pathOf(here) === pathOf(place.href) ? cameFrom() : here;
  if (replace || isClosing) history.replaceState({ ...kept(), from }, "", address);
  else if (address !== before) history.pushState({ from, before }, "", address);
  dispatchEvent(new Event(CHANGED));
}

/** The resource that was shown before this one, with its page and filters, if the user came from one. */
export function cameFrom(): string | undefined {
  return kept().from;
}

/** The place that the address names now. */
export function usePlace(): Place {
  const [place, setPlace] = useState(currentPlace);
  useEffect(() => {
    const update = () => setPlace(currentPlace());
    addEventListener("popstate", update);
    addEventListener(CHANGED, update);
    return () => {
      removeEventListener("popstate", update);
      removeEventListener(CHANGED, update);
    };
  }, []);
  return place;
}
