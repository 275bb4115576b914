// The dialog to prove again who one is. Its form is on the entry for everybody whose session is not fresh.

import { useEffect, useRef, useState } from "preact/hooks";
import { send } from "../api/client";
import { ENTRY } from "../api/entry";
import { template, type Resource } from "../api/hal";
import { perform } from "../api/passkey";
import { describe } from "../api/problem";
import { reload, useResource } from "../api/resource";
import { Form } from "../forms/form";
import { notify } from "../notices";
import { Alert } from "../parts/alert";
import { Dialog } from "../parts/dialog";
import { Icon } from "../parts/icon";
import { Skeleton } from "../parts/skeleton";
import { t } from "../text/text";

/** The fields that a passkey fills in. */
const PASSKEY_FIELDS = ["ceremony", "credential"];

/** With `opens`, what the user wanted to do comes next, so the trail stays. */
export function StepUpDialog({ onClose, opens }: { onClose: () => void; opens?: boolean }) {
  const { answer, error: unread } = useResource(ENTRY);
  const [error, setError] = useState<string>();
  const [usesRecovery, setUsesRecovery] = useState(false);
  // If it cannot be read again, the form stays, with what is filled in.
  const read = useRef<Resource | undefined>(undefined);
  const entry = (read.current = answer?.resource ?? read.current);
  const form = entry && template(entry, "step-up");
  const passkey = entry && template(entry, "step-up-options");

  const hasProved = useRef(false);
  const prove = async (body: Record<string, unknown>) => {
    await send(form!.method, form!.target, { body, contentType: form!.contentType });
    hasProved.current = true;
    leave();
  };
  const leave = () => {
    reload();
    if (opens) return;
    notify(t("done.fresh"));
    onClose();
  };
  // The form goes when the session is fresh. That may also have been done in another tab.
  const isDone = entry !== undefined && form === undefined;
  useEffect(() => {
    if (isDone && !hasProved.current) leave();
  }, [isDone]);
  const provePasskey = async () => {
    setError(undefined);
    try {
      const options = await send(passkey!.method, passkey!.target, { body: {}, contentType: passkey!.contentType });
      await prove({ ...(await perform(options.resource)) });
    } catch (error) {
      setError(describe(error));
    }
  };

  return (
    <Dialog title={t("step_up.title")} onClose={onClose}>
      <p>{t("step_up.about")}</p>
      {error && <Alert tone="bad">{error}</Alert>}
      {unread && !entry ? (
        <Alert tone="bad">{describe(unread)}</Alert>
      ) : form ? (
        <Form
          template={form}
          relation="step-up"
          submitText={t("form.continue")}
          isSignIn
          hidden={[...PASSKEY_FIELDS, usesRecovery ? "otp" : "recovery_code"]}
          send={prove}
          onCancel={onClose}
        >
          <button type="button" class="button link" onClick={() => setUsesRecovery(!usesRecovery)}>
            {t(usesRecovery ? "step_up.app" : "step_up.recovery")}
          </button>
        </Form>
      ) : (
        <Skeleton lines={3} />
      )}
      {form && passkey && (
        <button type="button" class="button wide" data-rel="step-up-options" onClick={provePasskey}>
          <Icon name="passkey" />
          {t("sign_in.use_passkey")}
        </button>
      )}
    </Dialog>
  );
}
