// What an action has answered, if a form comes next: to name a passkey, or to confirm an authenticator app.

import { send, type Answer } from "../api/client";
import type { Resource, Template } from "../api/hal";
import type { OneTimeMembers } from "../api/one_time_members";
import { isCeremony, perform } from "../api/passkey";
import { Form } from "../forms/form";
import { Dialog } from "../parts/dialog";
import { relationText, t } from "../text/text";
import { Secrets } from "./secret";

/** The fields that a passkey fills in. */
const PASSKEY_FIELDS = ["ceremony", "credential"];

export interface NextForm {
  /** What the action has answered. */
  resource: Resource;
  /** The members of it that are not shown again. */
  names: string[];
  relation: string;
  form: Template;
}

/** The form that comes next after an answer that is not a resource of its own, or that shows something once: it has to be filled in. */
export function nextForm(resource: Resource, { names, isGuess }: OneTimeMembers): NextForm | undefined {
  if (!isCeremony(resource) && (names.length === 0 || isGuess)) return undefined;
  const forms = Object.entries(resource._templates ?? {}).filter(([relation]) => relation !== "default");
  const found = forms.find(([, { method, properties }]) => method === "POST" && properties.some((one) => one.required));
  return found && { resource, names, relation: found[0], form: found[1] };
}

interface Props {
  title: string;
  next: NextForm;
  succeed: (answer: Answer) => Promise<void>;
  onClose: () => void;
}

export function AnswerDialog({ title, next: { resource, names, relation, form }, succeed, onClose }: Props) {
  const takesPasskey = isCeremony(resource);
  const submit = async (body: Record<string, unknown>) => {
    const sent = takesPasskey ? { ...body, ...(await perform(resource)) } : body;
    await succeed(await send(form.method, form.target, { body: sent, contentType: form.contentType }));
  };
  return (
    <Dialog title={title} onClose={onClose}>
      {names.length > 0 && <p>{t(names.includes("qr_svg") ? "once.scan" : "once.about")}</p>}
      <Secrets resource={resource} names={names} />
      <Form
        key={relation}
        template={form}
        relation={relation}
        submitText={takesPasskey ? t("form.continue") : relationText(relation)}
        hidden={takesPasskey ? PASSKEY_FIELDS : []}
        send={submit}
        onCancel={onClose}
      />
    </Dialog>
  );
}
