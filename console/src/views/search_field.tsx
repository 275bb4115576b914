// The field to search a list, which is heard while one types.

import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Icon } from "../parts/icon";
import { t } from "../text/text";

/** How long to wait for more letters, in milliseconds. */
const TYPING = 100;

interface Props {
  value: string;
  fault?: string;
  search: (text: string) => void;
}

export function SearchField({ value, fault, search }: Props) {
  const id = useId();
  const [text, setText] = useState(value);
  const timer = useRef(0);
  // What is being typed stays: a space at its end is not part of the value.
  useEffect(() => setText((text) => (text.trim() === value ? text : value)), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const type = (text: string) => {
    setText(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => search(text.trim()), TYPING);
  };
  return (
    <div class="search-field">
      <Icon name="search" />
      <input
        type="search"
        value={text}
        placeholder={t("list.search")}
        aria-label={t("list.search")}
        aria-invalid={fault !== undefined}
        aria-describedby={fault && id}
        data-rel="search"
        autocapitalize="off"
        spellcheck={false}
        onInput={(event) => type(event.currentTarget.value)}
      />
      {fault && (
        <p id={id} class="field-fault">
          {fault}
        </p>
      )}
    </div>
  );
}
