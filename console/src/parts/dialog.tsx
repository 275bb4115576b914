// A dialog: the browser keeps the focus in it, and Escape closes it, unless it shows what is not shown again.

import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../text/text";
import { Icon } from "./icon";

interface Props {
  title: string;
  /** Without it, the dialog is closed by what it contains. */
  onClose?: () => void;
  children: ComponentChildren;
}

export function Dialog({ title, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Before the form in it takes the focus.
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    // The browser gives the focus back to where it was.
    return () => shown?.close();
  }, []);
  const cancel = (event: Event) => {
    event.preventDefault();
    onClose?.();
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "Escape" && !onClose) event.preventDefault();
  };
  // The back gesture of a phone closes a dialog, whatever the page says.
  const closed = () => {
    if (!dialog.current) return;
    if (onClose) onClose();
    else dialog.current.showModal();
  };
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} onCancel={cancel} onClose={closed} onKeyDown={press}>
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        {onClose && (
          <button type="button" class="button quiet icon" aria-label={t("form.close")} onClick={onClose}>
            <Icon name="close" />
          </button>
        )}
      </div>
      {children}
    </dialog>
  );
}
