// A field of a form: a label, an input made of what the form says about it, help, and what is wrong.

import { useId } from "preact/hooks";
import type { Property } from "../api/hal";
import { language, memberText, nameText, t } from "../text/text";
import { Choices } from "./choices";
import { PasswordInput } from "./password_input";
import { SelectInput } from "./select_input";
import { isTime, takesSeveral, type Value } from "./values";

export interface FieldProps {
  property: Property;
  /** The relation of the form, and the list that it belongs to. */
  relation: string;
  list?: string;
  /** Whether the form changes something that has values already. */
  isUpdate: boolean;
  value: Value;
  fault?: string;
  /** Whether the form is filled in to sign in, and not to choose something new. */
  isSignIn?: boolean;
  onChange: (value: Value) => void;
  onLeave: (event: FocusEvent) => void;
}

export interface InputProps extends FieldProps {
  id: string;
  describedBy: string | undefined;
}

/** Help for the field from the catalogue: that for this form of this list, for this form, or for all forms. */
function knownHelp(name: string, relation: string, list: string | undefined): string | undefined {
  return (
    nameText("help", `${list}/${relation}.${name}`) ?? nameText("help", `${relation}.${name}`) ?? nameText("help", name)
  );
}

export function Field(props: FieldProps) {
  const { property, relation, list, isUpdate, value, fault, isSignIn, onChange } = props;
  const id = useId();
  // Without help in the catalogue, the form says in English what the field is for.
  const known = knownHelp(property.name, relation, list);
  const help = isSignIn ? undefined : (known ?? property.prompt);
  const describedBy = [help && `${id}-help`, fault && `${id}-fault`].filter(Boolean).join(" ") || undefined;
  const notes = (
    <>
      {help && (
        <p id={`${id}-help`} class="field-help" lang={known === undefined && language !== "en" ? "en" : undefined}>
          {help}
        </p>
      )}
      {fault && (
        <p id={`${id}-fault`} class="field-fault">
          {fault}
        </p>
      )}
    </>
  );
  const input = { ...props, id, describedBy };
  if (takesSeveral(property)) return <Choices {...input}>{notes}</Choices>;
  if (property.type === "checkbox") {
    return (
      <div class="field">
        <label class="check">
          <input
            type="checkbox"
            name={property.name}
            checked={value === true}
            aria-describedby={describedBy}
            onChange={(event) => onChange(event.currentTarget.checked)}
          />
          {memberText(property.name)}
        </label>
        {notes}
      </div>
    );
  }
  return (
    <div class="field">
      <label for={id}>
        {isSignIn && property.name === "username"
          ? `${memberText("username")} / ${memberText("email")}`
          : memberText(property.name)}
        {!property.required && !isUpdate && !isSignIn && <span class="field-optional"> {t("form.optional")}</span>}
      </label>
      <Input {...input} />
      {notes}
    </div>
  );
}

function Input(props: InputProps) {
  const { property, id, value, fault, describedBy, onChange, onLeave } = props;
  if (property.options) return <SelectInput {...props} />;
  if (property.type === "password") return <PasswordInput {...props} />;
  const shared = {
    id,
    name: property.name,
    value: String(value),
    required: property.required,
    maxLength: property.maxLength,
    "aria-invalid": fault !== undefined,
    "aria-describedby": describedBy,
    onBlur: onLeave,
  };
  if (property.type === "textarea" || ((property.maxLength ?? 0) > 128 && property.name === "description")) {
    return <textarea {...shared} rows={3} onInput={(event) => onChange(event.currentTarget.value)} />;
  }
  return (
    <input
      {...shared}
      // Chromium changes a domain that contains ß in a field of type "email".
      type={(isTime(property) ? "datetime-local" : "text") as "text"}
      inputMode={property.type === "email" ? "email" : undefined}
      autocomplete={AUTOCOMPLETE[property.name] ?? (property.type === "email" ? "email" : "off")}
      autocapitalize="off"
      spellcheck={false}
      onInput={(event) => onChange(event.currentTarget.value)}
    />
  );
}

const AUTOCOMPLETE: Record<string, string> = { username: "username", otp: "one-time-code", code: "one-time-code" };
