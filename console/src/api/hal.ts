// Representations: HAL with forms (HAL-FORMS).

export interface Link {
  href: string;
  /** The HTTP method, if it is not GET. */
  method?: string;
  templated?: boolean;
  /** Of `step-up`: the relations of the links that the resource has afterwards. */
  opens?: string[];
}

/** A field of a form. */
export interface Property {
  name: string;
  prompt?: string;
  type?: string;
  required?: boolean;
  value?: Json;
  minLength?: number;
  maxLength?: number;
  regex?: string;
  options?: { inline: string[]; minItems?: number; maxItems?: number; multiple?: boolean };
}

/** A form. */
export interface Template {
  method: string;
  target: string;
  contentType?: string;
  properties: Property[];
}

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

export interface Resource {
  _links?: Record<string, Link>;
  _templates?: Record<string, Template>;
  _embedded?: Record<string, Resource[]>;
  [member: string]: unknown;
}

export function links(resource: Resource): [string, Link][] {
  return Object.entries(resource._links ?? {});
}

export function link(resource: Resource, relation: string): Link | undefined {
  return resource._links?.[relation];
}

export function template(resource: Resource, relation: string): Template | undefined {
  return resource._templates?.[relation];
}

export function isSafe(link: Link): boolean {
  return (link.method ?? "GET") === "GET";
}

/** The members of the resource itself. */
export function members(resource: Resource): [string, Json][] {
  return Object.entries(resource).filter(([name]) => !name.startsWith("_")) as [string, Json][];
}

/** The items of a list and what they are called; `undefined` if the resource is not a list. */
export function items(resource: Resource): { name: string; items: Resource[] } | undefined {
  const [entry] = Object.entries(resource._embedded ?? {});
  return entry && { name: entry[0], items: entry[1] };
}

/** What identifies the item within its list. */
export function keyOf(item: Resource): string {
  return String(item["id"] ?? item["name"] ?? "");
}

/** Whether the value is an object with members. */
export function isObject(value: unknown): value is { [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
