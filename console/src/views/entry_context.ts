// The entry of the API as the caller sees it, for views that lead elsewhere.

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Resource } from "../api/hal";
import { pathOf } from "../api/resource";
import { cameFrom, currentPlace, type Place } from "../navigation/place";
import { destinations } from "./relations";

export const EntryContext = createContext<Resource | undefined>(undefined);

export interface List {
  /** The relation by which the entry links to it. */
  relation: string;
  place: Place;
}

/** The list that what is shown belongs to, with the page and filters that it was left with. */
export function useListOfPlace(): List | undefined {
  const entry = useContext(EntryContext);
  const path = pathOf(currentPlace().href)!;
  const found = entry && destinations(entry).find(([, { href }]) => path.startsWith(`${href}/`));
  if (!found) return undefined;
  const [relation, { href }] = found;
  const from = cameFrom();
  return { relation, place: { href: from && pathOf(from) === href ? from : href, trail: [] } };
}
