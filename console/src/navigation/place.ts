// Places of the console, and their addresses. A place is a resource and a trail: the relations, and items of lists, that are followed
// from it. The address of `/v1/users#create` is `…/console/v1/users#create`.

import { useEffect, useState } from "preact/hooks";
import { CONSOLE, ENTRY, PREFIX } from "../api/entry";

export interface Place {
  href: string;
  trail: string[];
}

export const HOME: Place = { href: ENTRY, trail: [] };

export function addressOf({ href, trail }: Place): string {
  const path = href === ENTRY ? "" : href.slice(PREFIX.length + 1);
  const fragment = trail.map(encodeURIComponent).join("/");
  return CONSOLE.pathname + path + (fragment && `#${fragment}`);
}

export function currentPlace(): Place {
  const path = location.pathname.slice(CONSOLE.pathname.length);
  const trail = location.hash.slice(1).split("/").filter(Boolean).map(decoded);
  return { href: path ? `${PREFIX}/${path}${location.search}` : ENTRY, trail };
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

export function go(place: Place, { replace = false } = {}): void {
  const address = addressOf(place);
  if (replace) history.replaceState(null, "", address);
  else if (address !== location.pathname + location.search + location.hash) history.pushState(null, "", address);
  dispatchEvent(new Event(CHANGED));
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
