// Checks a value against the limits of its field, before it is sent.

import type { Property } from "../api/hal";
import { t } from "../text/text";
import type { Value } from "./values";

/** What is wrong with the value; `undefined` if nothing is. */
export function faultOf(property: Property, value: Value | undefined): string | undefined {
  if (Array.isArray(value)) {
    const min = property.options?.minItems ?? 0;
    return value.length < min ? t("form.too_few", { min }) : undefined;
  }
  if (typeof value !== "string") return undefined;
  const text = property.type === "password" ? value : value.trim();
  if (text === "") return property.required && property.minLength !== 0 ? t("form.required") : undefined;
  const length = [...text].length;
  if (property.minLength && length < property.minLength) return t("form.too_short", { min: property.minLength });
  if (property.maxLength && length > property.maxLength) return t("form.too_long", { max: property.maxLength });
  if (property.regex && !new RegExp(property.regex, "u").test(text))
    return t(property.type === "email" ? "form.email" : "form.pattern");
  return undefined;
}
