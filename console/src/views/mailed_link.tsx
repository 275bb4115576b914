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

/** The form to ask for another link, if the one that was mailed does not work any more. */
const AGAIN: Record<string, string> = { "reset-password": "request-password-reset" };

/** The page for those who did not ask for the mail, by the relation of the form; pages are named like their forms. */
const INSTEAD: Record<string, string> = { "verify-email": "reset-password" };

type Step = "use" | "spent" | "done" | "sent";

export function MailedLink({ relation }: { relation: string }) {
  const [token, setToken] = useState(takeToken);
  const [step, setStep] = useState<Step>(token ? "use" : "spent");
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

/** Takes the token out of the address, so that it does not stay in the history, on the screen or in a copied link. */
function takeToken(): string {
  const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
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
  const title = nameText(step, relation) ?? relationText(relation);
  useEffect(() => {
    document.title = `${title} · ${t("app.name")}`;
    if (step !== "use") document.querySelector<HTMLElement>("h1")?.focus();
  }, []);
  const again = AGAIN[relation];
  const form = step === "use" ? relation : step === "spent" ? again : undefined;
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
      <About step={step} relation={relation} />
      {step === "use" && INSTEAD[relation] && (
        <p>
          <a href={INSTEAD[relation]}>{nameText("use", INSTEAD[relation])}</a>
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

function About({ step, relation }: { step: Step; relation: string }) {
  const text = nameText(`${step}_about`, relation);
  return text ? <p>{text}</p> : null;
}
