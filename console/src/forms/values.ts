// The values of a form while it is filled in, and the body that is sent.

import type { Property, Template } from "../api/hal";

export type Value = string | boolean | string[];
export type Values = Record<string, Value>;

export function takesSeveral(property: Property): boolean {
  return property.options?.multiple === true;
}

/** Whether it is filled in with a day and a time. */
export function isTime({ name, type }: Property): boolean {
  return type === "text" && name.endsWith("_at");
}

/** The values that the form comes with. */
export function initialValues(template: Template): Values {
  return Object.fromEntries(template.properties.map((property) => [property.name, initialValue(property)]));
}

function initialValue(property: Property): Value {
  const { value, type, options, required } = property;
  if (takesSeveral(property)) return Array.isArray(value) ? value.map(String) : [];
  if (type === "checkbox") return value === true;
  if (value !== undefined && value !== null) return String(value);
  return required && options?.inline.length === 1 ? options.inline[0]! : "";
}

/** The values for another state of the same form: those that have been changed stay, the others become the present ones. */
export function carryOver(values: Values, before: Template, now: Template): Values {
  const [earlier, present] = [initialValues(before), initialValues(now)];
  const isChanged = (name: string) => JSON.stringify(values[name]) !== JSON.stringify(earlier[name]);
  return Object.fromEntries(
    Object.entries(present).map(([name, value]) => [name, isChanged(name) ? (values[name] ?? value) : value]),
  );
}

/** The body to send: of an update only what was changed, of other forms all fields that are filled in. */
export function bodyOf(template: Template, values: Values): Record<string, unknown> {
  const initial = initialValues(template);
  const body: Record<string, unknown> = {};
  for (const property of template.properties) {
    const value = values[property.name];
    const isChanged = JSON.stringify(value) !== JSON.stringify(initial[property.name]);
    const isSent = template.method === "PATCH" ? isChanged : property.required || isChanged || isFilledIn(value);
    if (value !== undefined && isSent) body[property.name] = sentValue(property, value);
  }
  return body;
}

function isFilledIn(value: Value | undefined): boolean {
  return typeof value === "string" ? value !== "" : Array.isArray(value);
}

function sentValue(property: Property, value: Value): unknown {
  return isTime(property) && typeof value === "string" && value ? new Date(value).toISOString() : value;
}
