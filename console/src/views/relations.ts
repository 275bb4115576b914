// How links are grouped. A relation that is not named here becomes a tab or link if it is safe to follow, and a button otherwise.

import { isObject, isSafe, link, links, members, type Link, type Resource } from "../api/hal";
import { expand } from "../api/uri_template";

/** Relations that have a place of their own: pages of a list, the way back, signing in, and proving again who one is. */
const ELSEWHERE = new Set([
  "self",
  "collection",
  "first",
  "prev",
  "next",
  "last",
  "search",
  "service-desc",
  "service-doc",
  "token",
  "register",
  "request-password-reset",
  "reset-password",
  "verify-email",
  "sign-in-with-passkey",
  "step-up",
  "step-up-options",
  // For programs; people read the audit trail.
  "events",
]);

/** Relations that lead to a file. */
const FILES = new Set(["export"]);

/** The buttons that come first, and those that come last. */
const ORDER = ["update", "create", "enrol-totp", "passkey-options", "change-password"];

export interface Action {
  relation: string;
  isDanger: boolean;
  /** Whether it takes a fresh proof of who one is. */
  isLocked: boolean;
}

/**
 * The links that lead to other resources, besides those of values that are shown with their links. What has happened comes last.
 * Variables of templates stay empty.
 */
export function tabs(resource: Resource, values: string[] = plainMembers(resource)): [string, Link][] {
  const isTab = ([relation, link]: [string, Link]) =>
    isSafe(link) && !ELSEWHERE.has(relation) && !FILES.has(relation) && !values.includes(relation);
  return links(resource)
    .filter(isTab)
    .map(([relation, link]): [string, Link] => [relation, link.templated ? { href: expand(link.href, {}) } : link])
    .sort(([a], [b]) => Number(a === "audit") - Number(b === "audit"));
}

/** The members whose values can be links. */
function plainMembers(resource: Resource): string[] {
  return members(resource).flatMap(([name, value]) => (isObject(value) ? [] : [name]));
}

export function files(resource: Resource): [string, Link][] {
  return links(resource).filter(([relation, link]) => isSafe(link) && FILES.has(relation));
}

/** What can be done with the resource, also what takes a fresh proof of who one is. */
export function actions(resource: Resource): Action[] {
  const open = links(resource)
    .filter(([relation, link]) => !isSafe(link) && !ELSEWHERE.has(relation))
    .map(([relation, link]) => ({ relation, isDanger: link.method === "DELETE", isLocked: false }));
  const locked = opened(resource).map((relation) => ({ relation, isDanger: false, isLocked: true }));
  const rank = ({ relation, isDanger }: Action) => (isDanger ? 100 : ORDER.indexOf(relation) + 1 || 50);
  return [...open, ...locked].sort((a, b) => rank(a) - rank(b));
}

/** The relations of links that are there after a fresh proof of who one is. */
export function opened(resource: Resource): string[] {
  return link(resource, "step-up")?.opens ?? [];
}

/** The links of the entry that are the navigation. */
export function destinations(entry: Resource): [string, Link][] {
  const first = ["statistics", "users", "roles", "audit"];
  const rank = (relation: string) => (relation === "me" ? 100 : first.indexOf(relation) + 1 || 50);
  return tabs(entry).sort(([a], [b]) => rank(a) - rank(b));
}

/** What the resource is called. */
export function titleOf(resource: Resource): string | undefined {
  const title = resource["username"] ?? resource["name"] ?? resource["title"];
  return typeof title === "string" && !isObject(title) ? title : undefined;
}
