// What an action has answered, if there is more to do with it: secrets that are shown once, and the forms that come next.

import { useState } from "preact/hooks";
import { send, type Answer } from "../api/client";
import { template, type Resource } from "../api/hal";
import { isCeremony, perform } from "../api/passkey";
import { Form } from "../forms/form";
import { Dialog } from "../parts/dialog";
import { relationText, t } from "../text/text";
import { Secret } from "./secret";

/** Members that are shown once. */
const SECRETS = ["qr_svg", "otpauth_uri", "secret", "key", "client_secret", "recovery_codes"];

/** The forms that come next, if an answer has them. */
const NEXT = ["enrol-passkey", "confirm"];

export function hasSecrets(resource: Resource): boolean {
  return SECRETS.some((name) => resource[name] !== undefined);
}

export function AnswerDialog({ title, answer, onClose }: { title: string; answer: Answer; onClose: () => void }) {
  const [{ resource }, setAnswer] = useState(answer);
  const relation = NEXT.find((relation) => resource._templates?.[relation]);
  const form = relation === undefined ? undefined : template(resource, relation);

  const submit = async (body: Record<string, unknown>) => {
    if (isCeremony(resource)) body = { ...body, ...(await perform(resource)) };
    const next = await send(form!.method, form!.target, { body, contentType: form!.contentType });
    if (hasSecrets(next.resource)) setAnswer(next);
    else onClose();
  };

  return (
    <Dialog title={title} onClose={form ? onClose : undefined}>
      {hasSecrets(resource) && <p>{t(resource["qr_svg"] ? "once.scan" : "once.about")}</p>}
      {SECRETS.map((name) => resource[name] !== undefined && <Secret key={name} name={name} value={resource[name]} />)}
      {form ? (
        <Form
          key={relation}
          template={form}
          relation={relation!}
          submitText={isCeremony(resource) ? t("form.continue") : relationText(relation!)}
          hidden={["ceremony", "credential"]}
          send={submit}
          onCancel={onClose}
        />
      ) : (
        <div class="form-buttons">
          <button type="button" class="button primary" onClick={onClose}>
            {t("once.done")}
          </button>
        </div>
      )}
    </Dialog>
  );
}
