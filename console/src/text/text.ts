// Texts in the language of the page, which the service has chosen by `Accept-Language`.

import type { Fault, Problem } from "../api/problem";
import * as de from "./de";
import * as en from "./en";

export type MessageKey = keyof typeof en.messages;
export type Messages = Record<MessageKey, string>;

/** Texts for names of the API. A name that is missing is shown in words of its own. */
export type Names = Record<string, Record<string, string>>;

const catalogues = { de, en };
export const language: keyof typeof catalogues = document.documentElement.lang === "de" ? "de" : "en";
const { messages, names } = catalogues[language] as { messages: Messages; names: Names };

/** A message, with `{placeholders}` filled in. */
export function t(key: MessageKey, values: Record<string, string | number> = {}): string {
  return messages[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** The text of a kind for a name of the API, if there is one. */
export function nameText(kind: string, name: string): string | undefined {
  return names[kind]?.[name];
}

/** `last_login_at` becomes "Last login at". */
export function inWords(name: string): string {
  const words = name.replace(/[-_.]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The text for a relation, if there is one: that of the list, the text for other lists, or that of other resources. */
export function textOnList(kind: string, relation: string, list: string | undefined): string | undefined {
  const onList =
    list === undefined ? undefined : (nameText(kind, `${list}/${relation}`) ?? nameText(kind, `*/${relation}`));
  return onList ?? nameText(kind, relation);
}

/** What a link or form is called. */
export function relationText(relation: string, list?: string): string {
  return textOnList("relations", relation, list) ?? inWords(relation);
}

/** What a member, a field or a filter is called. */
export const memberText = (member: string) => nameText("members", member) ?? inWords(member);

/** Members whose values are from a list of the API. Other values are shown as they are. */
const LISTED = new Set(["status", "outcome", "type", "action", "methods"]);

/** What a value of a member is called. */
export function valueText(member: string, value: string): string {
  return LISTED.has(member.replace(/^by_/, "")) ? (nameText("values", value) ?? inWords(value)) : value;
}

/** What the items of a list are called. */
export const listText = (items: string) => nameText("lists", items) ?? inWords(items);

/** What one of several values to choose from is called, without its group. */
export const choiceText = (choice: string) => nameText("choices", choice) ?? inWords(choice);

/** What a problem means. The service says it in English, in more detail. */
export function problemText({ code, detail, retryAfter }: Problem): string {
  const text = nameText("problems", code) ?? detail;
  return retryAfter ? `${text} ${t("error.wait", { seconds: retryAfter })}` : text;
}

export function faultText({ code, detail }: Fault): string {
  const known = nameText("faults", code);
  // What is missing, such as `users.read`, is named only there.
  if (known) return known.replace("{names}", (detail.match(/\b[a-z-]+\.[a-z-]+\b/g) ?? []).join(", "));
  const sentence = t("error.fault", { detail });
  return sentence.endsWith(".") ? sentence : `${sentence}.`;
}
