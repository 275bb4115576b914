// A form of the API, as its template describes it. Whatever fields a template has can be filled in.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Property, Template } from "../api/hal";
import { describe, faultsByField } from "../api/problem";
import { Alert } from "../parts/alert";
import { t } from "../text/text";
import { lacksFactor, WayOut } from "../views/way_out";
import { Field } from "./field";
import { faultOf } from "./validate";
import { bodyOf, carryOver, initialValues, type Value, type Values } from "./values";

interface Props {
  template: Template;
  /** The relation of the form, and the list that it belongs to. */
  relation: string;
  list?: string;
  submitText: string;
  isDanger?: boolean;
  isSignIn?: boolean;
  /** Fields that are not filled in by hand, and not sent by the form. */
  hidden?: string[];
  /** Sends the body; what it throws is shown, at the fields that it is about. */
  send: (body: Record<string, unknown>, values: Values) => Promise<void>;
  onCancel?: () => void;
  children?: ComponentChildren;
}

/** Whether there is nothing to fill in: the field has only one value. */
function isFixed(property: Property): boolean {
  return property.required === true && !property.options?.multiple && property.options?.inline.length === 1;
}

export function Form({
  template,
  relation,
  list,
  submitText,
  isDanger,
  isSignIn,
  hidden = [],
  send,
  onCancel,
  children,
}: Props) {
  const [values, setValues] = useState<Values>(() => initialValues(template));
  const [faults, setFaults] = useState(new Map<string, string>());
  const [error, setError] = useState<{ text: string; isFactor?: boolean }>();
  const [isSending, setSending] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const sent = template.properties.filter(({ name }) => !hidden.includes(name));
  const shown = sent.filter((property) => !isFixed(property));

  const last = useRef(template);
  useEffect(() => {
    const before = last.current;
    last.current = template;
    setValues((values) => carryOver(values, before, template));
  }, [template]);
  // One may type at once.
  useEffect(() => form.current?.querySelector<HTMLElement>("input, select, textarea")?.focus(), []);

  const setFault = (name: string, fault: string | undefined) => {
    const next = new Map(faults);
    if (fault) next.set(name, fault);
    else next.delete(name);
    setFaults(next);
  };
  const change = (property: Property, value: Value) => {
    setValues((values) => ({ ...values, [property.name]: value }));
    if (faults.has(property.name)) setFault(property.name, faultOf(property, value));
  };
  const leave = (property: Property, { relatedTarget: next }: FocusEvent) => {
    // A fault that appears would move the button that is being pressed.
    if (!(next instanceof Element) || !next.matches("input, select, textarea")) return;
    const value = values[property.name];
    const fault = value === "" ? undefined : faultOf(property, value);
    if (fault) setFault(property.name, fault);
  };
  const fail = (faults: Map<string, string>, text: string, isFactor = false) => {
    setFaults(faults);
    setError({ text, isFactor });
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
  };

  const submit = async (event: Event) => {
    event.preventDefault();
    if (isSending) return;
    const wrong = new Map<string, string>();
    for (const property of shown) {
      const fault = faultOf(property, values[property.name]);
      if (fault) wrong.set(property.name, fault);
    }
    if (wrong.size > 0) return fail(wrong, t("form.check"));
    setSending(true);
    setError(undefined);
    try {
      await send(bodyOf({ ...template, properties: sent }, values), values);
    } catch (error) {
      const faults = faultsByField(error);
      const elsewhere = [...faults].filter(([name]) => !shown.some((property) => property.name === name));
      const atFields = faults.size > elsewhere.length;
      const texts = atFields ? [t("form.check"), ...elsewhere.map(([, text]) => text)] : [describe(error)];
      fail(faults, texts.join(" "), lacksFactor(error));
    } finally {
      setSending(false);
    }
  };

  return (
    <form ref={form} class="form" data-rel={relation} noValidate onSubmit={submit}>
      {error && (
        <Alert tone="bad">
          {error.text} {error.isFactor && <WayOut />}
        </Alert>
      )}
      {shown.map((property) => (
        <Field
          key={property.name}
          property={property}
          relation={relation}
          list={list}
          isUpdate={template.method === "PATCH"}
          value={values[property.name] ?? ""}
          fault={faults.get(property.name)}
          isSignIn={isSignIn}
          onChange={(value) => change(property, value)}
          onLeave={(event) => leave(property, event)}
        />
      ))}
      {children}
      <div class="form-buttons">
        <button
          type="submit"
          class={isDanger ? "button danger" : "button primary"}
          aria-busy={isSending}
          disabled={isSending}
        >
          {submitText}
        </button>
        {onCancel && (
          <button type="button" class="button" autofocus={shown.length === 0} onClick={onCancel}>
            {t("form.cancel")}
          </button>
        )}
      </div>
    </form>
  );
}
