// What somebody else has changed while a form was filled in.

import type { Json, Template } from "../api/hal";
import { Alert } from "../parts/alert";
import { memberText, t } from "../text/text";

export interface Difference {
  name: string;
  from: string;
  to: string;
}

/** The fields whose present values are different from those of an earlier reading. */
export function differences(before: Template, now: Template | undefined): Difference[] {
  return before.properties.flatMap(({ name, value: from }) => {
    const to = now?.properties.find((property) => property.name === name)?.value;
    return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ name, from: text(from), to: text(to) }];
  });
}

function text(value: Json | undefined): string {
  if (value === undefined || value === null || value === "") return t("value.none");
  return Array.isArray(value) ? value.join(", ") : String(value);
}

export function Conflict({ differences }: { differences: Difference[] }) {
  return (
    <Alert tone="info">
      <strong>{t("conflict.title")}</strong>
      <p>{differences.length > 0 ? t("conflict.about") : t("conflict.nothing")}</p>
      <ul>
        {differences.map(({ name, from, to }) => (
          <li key={name}>{t("conflict.change", { name: memberText(name), from, to })}</li>
        ))}
      </ul>
    </Alert>
  );
}
