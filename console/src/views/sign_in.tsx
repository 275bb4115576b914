// Signing in: by the forms of the entry that anyone may use.

import { useState } from "preact/hooks";
import { send } from "../api/client";
import { ENTRY } from "../api/entry";
import { template, type Resource } from "../api/hal";
import { perform } from "../api/passkey";
import { ApiError, describe, type Problem } from "../api/problem";
import { useResource } from "../api/resource";
import { session, signIn } from "../api/session";
import { Form } from "../forms/form";
import { go, HOME, usePlace } from "../navigation/place";
import { PlaceLink } from "../navigation/place_link";
import { Alert } from "../parts/alert";
import { Icon } from "../parts/icon";
import { Skeleton } from "../parts/skeleton";
import { useStore } from "../store";
import { nameText, relationText, t } from "../text/text";
import { Failure } from "./failure";
import { FileButton } from "./file_button";
import { Frame } from "./frame";
import { actions, files } from "./relations";
import { SecondStep } from "./second_step";

/** The forms of the entry besides those to sign in. */
function otherForms(entry: Resource): string[] {
  const relations = ["register", "request-password-reset", ...actions(entry).map(({ relation }) => relation)];
  return relations.filter((relation) => template(entry, relation));
}

/** What came of another form. */
interface Told {
  text: string;
  tone: "good" | "bad";
}

export function SignIn() {
  const { answer, error } = useResource(ENTRY);
  const place = usePlace();
  const [told, setTold] = useState<Told>();
  const form = answer && otherForms(answer.resource).find((relation) => relation === place.trail[0]);
  return (
    <Frame>
      {error ? (
        <Failure error={error} />
      ) : !answer ? (
        <Skeleton />
      ) : form ? (
        <OtherForm key={form} entry={answer.resource} relation={form} tell={setTold} />
      ) : (
        <Credentials entry={answer.resource} told={told} />
      )}
    </Frame>
  );
}

function Credentials({ entry, told }: { entry: Resource; told?: Told }) {
  const state = useStore(session);
  const [waiting, setWaiting] = useState<Problem["mfa"]>();
  const [error, setError] = useState<string>();
  const place = usePlace();
  const form = template(entry, "token");
  const passkey = template(entry, "sign-in-with-passkey");

  const submit = async (body: Record<string, unknown>) => {
    setError(undefined);
    try {
      await signIn(body as Record<string, string>);
    } catch (error) {
      if (error instanceof ApiError && error.problem.mfa) return setWaiting(error.problem.mfa);
      if (error instanceof ApiError && error.problem.code === "invalid_grant") throw wrong(error);
      throw error;
    }
  };
  const usePasskey = async () => {
    setError(undefined);
    try {
      await signIn(await provePasskey(entry, { grant_type: "urn:usher:grant:passkey" }));
    } catch (error) {
      setError(
        error instanceof ApiError && error.problem.code === "invalid_grant" ? t("sign_in.wrong") : describe(error),
      );
    }
  };

  if (waiting)
    return <SecondStep entry={entry} waiting={waiting} leave={(why) => (setWaiting(undefined), setError(why))} />;
  return (
    <>
      <h1 tabIndex={-1}>{t("sign_in.title")}</h1>
      {state === "ended" && !told && <Alert tone="info">{t("sign_in.ended")}</Alert>}
      {told && <Alert tone={told.tone}>{told.text}</Alert>}
      {error && <Alert tone="bad">{error}</Alert>}
      {form && <Form template={form} relation="token" submitText={t("sign_in.submit")} isSignIn send={submit} />}
      {passkey && (
        <>
          <p class="or">{t("sign_in.or")}</p>
          <button type="button" class="button wide" data-rel="sign-in-with-passkey" onClick={usePasskey}>
            <Icon name="passkey" />
            {t("sign_in.passkey")}
          </button>
        </>
      )}
      <nav class="sign-in-links" aria-label={t("app.navigation")}>
        {otherForms(entry).map((relation) => (
          <PlaceLink key={relation} to={{ href: place.href, trail: [relation] }} relation={relation}>
            {relationText(relation)}
          </PlaceLink>
        ))}
        {files(entry).map(([relation, { href }]) => (
          <FileButton key={relation} relation={relation} href={href} />
        ))}
      </nav>
    </>
  );
}

function wrong({ problem }: ApiError): ApiError {
  return new ApiError({ ...problem, code: "sign_in", detail: t("sign_in.wrong") });
}

/** The fields of a grant with the proof of a passkey. */
export async function provePasskey(entry: Resource, fields: Record<string, string>): Promise<Record<string, string>> {
  const options = template(entry, "sign-in-with-passkey")!;
  const token = fields["mfa_token"];
  const body = token ? { mfa_token: token } : {};
  const { resource } = await send(options.method, options.target, { body, contentType: options.contentType });
  const { ceremony, credential } = await perform(resource);
  return { ...fields, ceremony, credential: JSON.stringify(credential) };
}

/** A form of the entry: to register, or to ask for a link to choose a new password. */
function OtherForm({ entry, relation, tell }: { entry: Resource; relation: string; tell: (told: Told) => void }) {
  const place = usePlace();
  const form = template(entry, relation)!;
  const back = { href: place.href, trail: [] };
  const submit = async (body: Record<string, unknown>) => {
    const answer = await send(form.method, form.target, { body, contentType: form.contentType });
    if (relation !== "register") tell({ text: nameText("result", relation) ?? t("done.default"), tone: "good" });
    else if (!answer.resource._links?.["token"]) tell({ text: t("sign_in.registered"), tone: "good" });
    else if (await signInAs(body)) return go(HOME, { replace: true });
    go(back);
  };
  /** Signs in as the new user; whether that worked. */
  const signInAs = async ({ username, password }: Record<string, unknown>) => {
    try {
      await signIn({ grant_type: "password", username: String(username), password: String(password) });
      return true;
    } catch (error) {
      tell({ text: `${t("sign_in.registered_only")} ${describe(error)}`, tone: "bad" });
      return false;
    }
  };
  return (
    <>
      <h1 tabIndex={-1}>{relationText(relation)}</h1>
      <Form
        template={form}
        relation={relation}
        submitText={nameText("press", relation) ?? t("sign_in.continue")}
        send={submit}
      />
      <nav class="sign-in-links" aria-label={t("app.navigation")}>
        <PlaceLink to={back}>{t("sign_in.back")}</PlaceLink>
      </nav>
    </>
  );
}
