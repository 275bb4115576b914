// One filter of a list: a choice, a time or a text, as its description says.

import { useId } from "preact/hooks";
import type { Filter } from "../api/description";
import { localTime } from "../text/format";
import { memberText, t, valueText } from "../text/text";

interface Props {
  filter: Filter;
  /** Some of the values that it takes, if it takes others too. */
  suggestions: string[];
  value: string;
  fault?: string;
  set: (value: string) => void;
}

export function FilterField(props: Props) {
  const { filter, fault } = props;
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{memberText(filter.name)}</label>
      <FilterInput {...props} id={id} />
      {fault && (
        <p id={`${id}-fault`} class="field-fault">
          {fault}
        </p>
      )}
    </div>
  );
}

function FilterInput({
  id,
  filter: { name, values, example, format },
  suggestions,
  value,
  fault,
  set,
}: Props & { id: string }) {
  const shared = {
    id,
    name,
    "data-rel": "search",
    "aria-invalid": fault !== undefined,
    "aria-describedby": fault && `${id}-fault`,
  };
  if (values) {
    // An address may name a value that is not among those of this release.
    const options = value && !values.includes(value) ? [...values, value] : values;
    return (
      <select {...shared} onChange={(event) => set(event.currentTarget.value)}>
        <option value="" selected={value === ""}>
          {name === "sort" ? t("list.default") : t("list.any")}
        </option>
        {options.map((option) => (
          <option key={option} value={option} selected={option === value}>
            {name === "sort" ? orderText(option) : valueText(name, option)}
          </option>
        ))}
      </select>
    );
  }
  if (format === "date-time") {
    return (
      <input
        {...shared}
        type="datetime-local"
        value={value && localTime(value)}
        onChange={({ currentTarget: { value } }) => set(value && new Date(value).toISOString())}
      />
    );
  }
  return (
    <>
      <input
        {...shared}
        list={suggestions.length > 0 ? `${id}-list` : undefined}
        placeholder={format === "uuid" ? memberText("id") : example}
        value={value}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        onChange={(event) => set(event.currentTarget.value.trim())}
      />
      <datalist id={`${id}-list`}>
        {suggestions.map((option) => (
          <option key={option} value={option} />
        ))}
      </datalist>
    </>
  );
}

function orderText(order: string): string {
  const name = memberText(order.replace("-", ""));
  return order.startsWith("-") ? t("list.descending", { name }) : t("list.ascending", { name });
}
