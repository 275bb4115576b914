// One filter of a list: a choice, a day or a text, as its description says.

import { useId } from "preact/hooks";
import type { Filter } from "../api/description";
import { memberText, t, valueText } from "../text/text";

export function FilterField({ filter, value, set }: { filter: Filter; value: string; set: (value: string) => void }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{memberText(filter.name)}</label>
      <FilterInput id={id} filter={filter} value={value} set={set} />
    </div>
  );
}

interface Props {
  id: string;
  filter: Filter;
  value: string;
  set: (value: string) => void;
}

function FilterInput({ id, filter, value, set }: Props) {
  const { name, values, format } = filter;
  if (values) {
    return (
      <select id={id} name={name} onChange={(event) => set(event.currentTarget.value)}>
        <option value="" selected={value === ""}>
          {name === "sort" ? t("list.default") : t("list.any")}
        </option>
        {values.map((option) => (
          <option key={option} value={option} selected={option === value}>
            {name === "sort" ? orderText(option) : valueText(name, option)}
          </option>
        ))}
      </select>
    );
  }
  const isTime = format === "date-time";
  return (
    <input
      id={id}
      name={name}
      type={(isTime ? "date" : "text") as "text"}
      value={isTime ? value.slice(0, 10) : value}
      autocomplete="off"
      spellcheck={false}
      onChange={({ currentTarget: { value } }) => set(isTime && value ? `${value}T00:00:00Z` : value)}
    />
  );
}

function orderText(order: string): string {
  const name = memberText(order.replace("-", ""));
  return order.startsWith("-") ? t("list.descending", { name }) : t("list.ascending", { name });
}
