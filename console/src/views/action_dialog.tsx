// The dialog of a link that changes something: its form, or a question if there is nothing to fill in; then what came of it.

import { useRef, useState } from "preact/hooks";
import { send, get, type Answer } from "../api/client";
import { link, template, type Resource } from "../api/hal";
import { oneTimeMembers } from "../api/one_time_members";
import { ApiError } from "../api/problem";
import { reload } from "../api/resource";
import { Form } from "../forms/form";
import { go, HOME } from "../navigation/place";
import { notify } from "../notices";
import { Dialog } from "../parts/dialog";
import { keeping, showOnce } from "../shown_once";
import { relationText, t, textOnList } from "../text/text";
import { AnswerDialog, nextForm, type NextForm } from "./answer_dialog";
import { Conflict, differences, type Difference } from "./conflict";
import { useListOfPlace } from "./entry_context";
import { titleOf } from "./relations";
import { StepUpDialog } from "./step_up_dialog";

interface Props {
  resource: Resource;
  etag?: string;
  relation: string;
  list?: string;
  isNested?: boolean;
  onClose: () => void;
}

export function ActionDialog({ resource, etag, relation, list, isNested, onClose }: Props) {
  // The form stays as it was opened, also if the resource is read again.
  const [shown, setShown] = useState(() => template(resource, relation));
  const version = useRef(etag);
  const [conflict, setConflict] = useState<Difference[]>();
  const [next, setNext] = useState<NextForm>();
  const [isStale, setStale] = useState(false);
  const hasFailed = useRef(false);
  const listOfPlace = useListOfPlace();
  const text = relationText(relation, list);
  if (next) return <AnswerDialog title={text} next={next} succeed={succeed} onClose={finish} />;
  if (!shown) return null;

  function finish() {
    onClose();
    reload();
  }
  // What was refused may not be offered any more.
  const leave = () => (hasFailed.current ? finish() : onClose());

  const submit = async (body: Record<string, unknown>) => {
    if (shown.method === "PATCH" && Object.keys(body).length === 0) {
      notify(t("form.unchanged"));
      return onClose();
    }
    try {
      const etag = shown.method === "PATCH" ? version.current : undefined;
      await succeed(await send(shown.method, shown.target, { body, contentType: shown.contentType, etag }));
    } catch (error) {
      hasFailed.current = true;
      if (!(error instanceof ApiError)) throw error;
      if (error.problem.code === "insufficient_user_authentication") return setStale(true);
      if (error.problem.status !== 412) throw error;
      const now = await get(link(resource, "self")!.href);
      version.current = now.etag;
      const form = template(now.resource, relation);
      setConflict(differences(shown, form));
      setShown(form ?? shown);
    }
  };

  function succeed(answer: Answer) {
    return keeping(() => conclude(answer));
  }

  async function conclude(answer: Answer) {
    const once = await oneTimeMembers(answer, next?.resource ?? resource);
    const following = nextForm(answer.resource, once);
    if (following) return setNext(following);
    const { names } = once;
    if (names.length > 0) showOnce({ title: text, resource: answer.resource, names });
    else notify(doneText(relation, list, answer.status));
    if (!shown) return finish();
    const own = link(resource, "self")?.href;
    const isGone = shown.method === "DELETE" && own === shown.target && !isNested;
    if (isGone) go(listOfPlace?.place ?? HOME, { replace: true });
    else if (answer.status === 201 && !isNested && answer.location)
      go({ href: answer.location, trail: [] }, { replace: true });
    else onClose();
    reload();
  }

  const isDanger = shown.method === "DELETE";
  const about = textOnList("confirm", relation, list);
  const name = titleOf(resource);
  const title = name ? `${text}: ${name}` : text;
  return (
    <Dialog title={title} onClose={leave}>
      {conflict && <Conflict differences={conflict} />}
      {shown.properties.length === 0 && (
        <p>
          {about ?? t("confirm.about")} {isDanger && t("confirm.no_undo")}
        </p>
      )}
      <Form
        template={shown}
        relation={relation}
        list={list}
        submitText={shown.method === "PATCH" ? t("form.save") : text}
        isDanger={isDanger}
        send={submit}
        onCancel={leave}
      />
      {isStale && <StepUpDialog onClose={() => setStale(false)} />}
    </Dialog>
  );
}

function doneText(relation: string, list: string | undefined, status: number): string {
  const text = textOnList("result", relation, list);
  if (text) return text;
  if (status === 202) return t("done.accepted");
  return status === 201 ? t("done.created") : t("done.default");
}
