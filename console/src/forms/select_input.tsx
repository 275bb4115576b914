// An input for one of some values.

import { t, valueText } from "../text/text";
import type { InputProps } from "./field";

export function SelectInput({ property, id, value, fault, describedBy, onChange, onLeave }: InputProps) {
  const options = property.options?.inline ?? [];
  return (
    <select
      id={id}
      name={property.name}
      required={property.required}
      aria-invalid={fault !== undefined}
      aria-describedby={describedBy}
      onChange={(event) => onChange(event.currentTarget.value)}
      onBlur={onLeave}
    >
      {value === "" && (
        <option value="" selected>
          {t("form.choose")}
        </option>
      )}
      {options.map((option) => (
        <option key={option} value={option} selected={option === value}>
          {valueText(property.name, option)}
        </option>
      ))}
    </select>
  );
}
