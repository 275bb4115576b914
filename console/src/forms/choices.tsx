// An input for several of some values. Values such as `users.read` and `users.update` stand together.

import type { ComponentChildren } from "preact";
import { choiceText, listText, memberText } from "../text/text";
import type { InputProps } from "./field";

export function Choices({
  property,
  value,
  describedBy,
  onChange,
  children,
}: InputProps & { children: ComponentChildren }) {
  const chosen = Array.isArray(value) ? value : [];
  const options = property.options?.inline ?? [];
  const toggle = (option: string, isChosen: boolean) =>
    onChange(options.filter((other) => (other === option ? isChosen : chosen.includes(other))));
  const groups = Map.groupBy(options, (option) => option.slice(0, Math.max(0, option.indexOf("."))));
  return (
    <fieldset class="field choices" aria-describedby={describedBy}>
      <legend>{memberText(property.name)}</legend>
      {children}
      <div class="choice-groups">
        {[...groups].map(([group, grouped]) => (
          <div
            key={group}
            class="choice-group"
            role={group ? "group" : undefined}
            aria-label={group ? listText(group) : undefined}
          >
            {group && (
              <p class="choice-title" aria-hidden="true">
                {listText(group)}
              </p>
            )}
            {grouped.map((option) => (
              <label key={option} class="check" title={option}>
                <input
                  type="checkbox"
                  name={property.name}
                  value={option}
                  checked={chosen.includes(option)}
                  onChange={(event) => toggle(option, event.currentTarget.checked)}
                />
                {choiceText(option.slice(option.indexOf(".") + 1))}
              </label>
            ))}
          </div>
        ))}
      </div>
    </fieldset>
  );
}
