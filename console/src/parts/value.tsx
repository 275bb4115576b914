// A value of a resource, shown as what it is.

import { isObject, type Json } from "../api/hal";
import { number } from "../text/format";
import { memberText, t, valueText } from "../text/text";
import { CopyButton } from "./copy_button";
import { Time } from "./time";
import { shortUserAgent } from "./user_agent";

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The last characters of an id tell it from others. */
const ID_SHOWN = 12;
/** Texts of at most so many characters are not broken. */
const ONE_LINE = 20;

/** Members that are shown as badges, with how their values are coloured. */
const TONES: Record<string, Record<string, string>> = {
  status: { active: "good", suspended: "bad" },
  outcome: { success: "good", refused: "bad" },
};

export function Value({ name, value }: { name: string; value: Json | undefined }) {
  if (value === null || value === undefined || value === "")
    return <span class="quiet">{name.endsWith("_at") ? t("value.never") : t("value.none")}</span>;
  if (typeof value === "boolean")
    return <span class={value ? "badge good" : "badge"}>{value ? t("value.yes") : t("value.no")}</span>;
  if (typeof value === "number") return <>{number(value)}</>;
  if (Array.isArray(value)) return <List name={name} values={value} />;
  if (isObject(value)) return <Reference value={value} />;
  if (TIME.test(value)) return <Time value={value} />;
  if (ID.test(value)) return <Id value={value} name={memberText(name)} />;
  const tones = TONES[name];
  if (tones) return <span class={`badge ${tones[value] ?? ""}`}>{valueText(name, value)}</span>;
  if (name === "user_agent") return <span title={value}>{shortUserAgent(value)}</span>;
  const text = valueText(name, value);
  return text.length <= ONE_LINE ? <span class="one-line">{text}</span> : <>{text}</>;
}

function Id({ value, name }: { value: string; name: string }) {
  return (
    <span class="id">
      <code title={value}>{value.slice(-ID_SHOWN)}</code>
      <CopyButton text={value} name={name} />
    </span>
  );
}

function List({ name, values }: { name: string; values: Json[] }) {
  if (values.length === 0) return <span class="quiet">{t("value.none")}</span>;
  return (
    <ul class="chips">
      {values.map((value, n) => (
        <li key={n} class="chip">
          {isObject(value) ? <Change value={value} /> : valueText(name, String(value))}
        </li>
      ))}
    </ul>
  );
}

/** A change of a field. What there was nothing of before is new. */
function Change({ value }: { value: { [name: string]: Json } }) {
  const field = String(value["field"] ?? "");
  const [from, to] = [short(field, value["from"]), short(field, value["to"])];
  const text = from === undefined ? to : `${from} → ${to ?? t("value.none")}`;
  return <>{text === undefined ? memberText(field) : `${memberText(field)}: ${text}`}</>;
}

function short(field: string, value: Json | undefined): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "boolean" || value === "true" || value === "false")
    return String(value) === "true" ? t("value.yes") : t("value.no");
  const text = valueText(field, String(value));
  return ID.test(text) ? text.slice(-ID_SHOWN) : text;
}

/** Something else, by its name or id. */
function Reference({ value }: { value: { [name: string]: Json } }) {
  const called = value["username"] ?? value["name"];
  if (called) return <span class="one-line">{String(called)}</span>;
  return typeof value["id"] === "string" ? (
    <Value name="id" value={value["id"]} />
  ) : (
    <code>{JSON.stringify(value)}</code>
  );
}
