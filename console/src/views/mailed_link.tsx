// The page of a mailed link: to confirm an address, or to choose a new password. The token is sent when the user presses the button,
// and never before: scanners of mail open links too.

import { useEffect, useState } from "preact/hooks";
import { get, send } from "../api/client";
import { CONSOLE, ENTRY } from "../api/entry";
import { template, type Resource } from "../api/hal";
import { ApiError, describe, fieldOf } from "../api/problem";
import { session } from "../api/session";
import { Form } from "../forms/form";
import { hasConsole } from "../page";
import { Alert } from "../parts/alert";
import { Skeleton } from "../parts/skeleton";
import { nameText, relationText, t } from "../text/text";
import { Frame } from "./frame";

/** The form to ask for a link to choose a new password. */
const ASK = "request-password-reset";

/** The form of a page that is also for those who have no link yet. */
const RESET = "reset-password";

/** A link is used, or asked for; it is refused; or one of both is done. */
type Step = "use" | "ask" | "spent" | "done" | "sent";

export function MailedLink({ relation }: { relation: string }) {
  const [step, setStep] = useState<Step>(() => firstStep(relation));
  const [token, setToken] = useState(takeToken);
  const [entry, setEntry] = useState<Resource>();
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    // These forms are for anyone.
    session.set("signed-out");
    get(ENTRY).then(({ resource }) => setEntry(resource), setError);
    // Another link may be opened in the same tab.
    const open = () => {
      const token = takeToken();
      if (!token) return;
      setToken(token);
      setStep("use");
    };
    addEventListener("hashchange", open);
    return () => removeEventListener("hashchange", open);
  }, []);
  return (
    <Frame>
      {error ? (
        <Alert tone="bad">{describe(error)}</Alert>
      ) : entry ? (
        <Shown key={step + token} entry={entry} relation={relation} token={token} step={step} show={setStep} />
      ) : (
        <Skeleton />
      )}
    </Frame>
  );
}

/** Without a token, the link has been cut off, or there was none. */
function firstStep(relation: string): Step {
  if (tokenOfAddress()) return "use";
  return relation === RESET && location.hash === "" ? "ask" : "spent";
}

function tokenOfAddress(): string {
  return new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
}

/** Takes the token out of the address, so that it does not stay in the history, on the screen or in a copied link. */
function takeToken(): string {
  const token = tokenOfAddress();
  history.replaceState(null, "", location.pathname + location.search);
  return token;
}

interface Props {
  entry: Resource;
  relation: string;
  token: string;
  step: Step;
  show: (step: Step) => void;
}

function Shown({ entry, relation, token, step, show }: Props) {
  // Asking for a link is the same on each page.
  const subject = step === "ask" || step === "sent" ? ASK : relation;
  const title = nameText(step, subject) ?? relationText(subject);
  const about = nameText(`${step}_about`, subject);
  useEffect(() => {
    document.title = `${title} · ${t("app.name")}`;
    if (step !== "use") document.querySelector<HTMLElement>("h1")?.focus();
  }, []);
  const asks = step === "ask" || (step === "spent" && relation === RESET);
  const form = step === "use" ? relation : asks ? ASK : undefined;
  const shown = form === undefined ? undefined : template(entry, form);

  const submit = async (body: Record<string, unknown>) => {
    const sent = step === "use" ? { ...body, token } : body;
    try {
      await send(shown!.method, shown!.target, { body: sent, contentType: shown!.contentType });
      show(step === "use" ? "done" : "sent");
    } catch (error) {
      const isSpent = error instanceof ApiError && error.problem.faults.some((fault) => fieldOf(fault) === "token");
      if (!isSpent) throw error;
      show("spent");
    }
  };

  return (
    <>
      <h1 tabIndex={-1}>{title}</h1>
      {about && <p>{about}</p>}
      {step === "use" && relation !== RESET && (
        <p>
          <button type="button" class="button link" onClick={() => show("ask")}>
            {nameText("use", RESET)}
          </button>
        </p>
      )}
      {shown && form && (
        <Form
          template={shown}
          relation={form}
          submitText={nameText("press", form) ?? relationText(form)}
          hidden={step === "use" ? ["token"] : []}
          send={submit}
        />
      )}
      {step === "done" && hasConsole && (
        <a class="button primary" href={CONSOLE.pathname}>
          {t("sign_in.title")}
        </a>
      )}
    </>
  );
}
