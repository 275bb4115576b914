// An input for a password, which can be shown.

import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../text/text";
import type { InputProps } from "./field";

export function PasswordInput({ property, id, value, fault, describedBy, onChange, onLeave }: InputProps) {
  const [isShown, setShown] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  // Browsers may store values of text fields and suggest them to others.
  useEffect(() => {
    const hide = () => setShown(false);
    const form = input.current?.form;
    form?.addEventListener("submit", hide);
    return () => form?.removeEventListener("submit", hide);
  }, []);
  // A limit of one character is that of a password that exists already.
  const isNew = (property.minLength ?? 0) > 1;
  return (
    <div class="input-group">
      <input
        ref={input}
        id={id}
        name={property.name}
        type={(isShown ? "text" : "password") as "password"}
        value={String(value)}
        required={property.required}
        autocomplete={isNew ? "new-password" : "current-password"}
        autocapitalize="off"
        spellcheck={false}
        aria-invalid={fault !== undefined}
        aria-describedby={describedBy}
        onInput={(event) => onChange(event.currentTarget.value)}
        onBlur={onLeave}
      />
      <button
        type="button"
        class="button quiet"
        aria-pressed={isShown}
        aria-controls={id}
        onClick={() => setShown(!isShown)}
      >
        {isShown ? t("form.hide") : t("form.show")}
      </button>
    </div>
  );
}
