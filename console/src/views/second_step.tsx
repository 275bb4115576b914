// The second step of signing in. The error of the first one says by what it can be done; the contract has the names of its fields.

import { useState } from "preact/hooks";
import { template, type Resource, type Template } from "../api/hal";
import { ApiError, describe, type Problem } from "../api/problem";
import { signIn } from "../api/session";
import { Form } from "../forms/form";
import { Alert } from "../parts/alert";
import { t, type MessageKey } from "../text/text";
import { provePasskey } from "./sign_in";

const GRANT = "urn:usher:grant:mfa";

/** The methods in the order in which they are offered, each with its parameter. */
const FIELDS: Record<string, string> = { totp: "otp", recovery_code: "recovery_code" };
const TITLES: Record<string, MessageKey> = {
  passkey: "sign_in.use_passkey",
  totp: "sign_in.use_otp",
  recovery_code: "sign_in.use_recovery_code",
};

/** The codes of errors that say that the proof is not accepted. */
const REFUSALS = ["wrong_code", "invalid_request", "invalid_grant"];

interface Props {
  entry: Resource;
  waiting: NonNullable<Problem["mfa"]>;
  /** Goes back to the first step, and says why. */
  leave: (why?: string) => void;
}

export function SecondStep({ entry, waiting: { token, methods }, leave }: Props) {
  const known = methods.filter(
    (method) => TITLES[method] && (method !== "passkey" || template(entry, "sign-in-with-passkey")),
  );
  const [method, setMethod] = useState(known.find((method) => method !== "passkey") ?? "");
  const [error, setError] = useState<string>();
  const grant = { grant_type: GRANT, mfa_token: token };

  const attempt = async (fields: () => Promise<Record<string, string>>, refusal: MessageKey) => {
    setError(undefined);
    try {
      await signIn(await fields());
    } catch (error) {
      const code = error instanceof ApiError ? error.problem.code : "";
      if (code === "mfa_token_spent") leave(t("sign_in.spent"));
      else setError(REFUSALS.includes(code) ? t(refusal) : describe(error));
    }
  };

  const choose = (method: string) => {
    setError(undefined);
    setMethod(method);
  };

  const field = FIELDS[method];
  return (
    <>
      <h1 tabIndex={-1}>{t("sign_in.second_title")}</h1>
      <p>{t(known.length > 0 ? "sign_in.second_about" : "sign_in.second_unknown")}</p>
      {error && <Alert tone="bad">{error}</Alert>}
      {field && (
        <Form
          key={method}
          template={formOf(field)}
          relation="token"
          submitText={t("sign_in.continue")}
          send={(body) =>
            attempt(async () => ({ ...grant, [field]: String(body[field]).trim() }), "sign_in.wrong_code")
          }
        />
      )}
      <div class="methods">
        {known
          .filter((other) => other !== method)
          .map((other) => (
            <button
              key={other}
              type="button"
              class="button wide"
              data-rel={other === "passkey" ? "sign-in-with-passkey" : "token"}
              onClick={() =>
                other === "passkey" ? attempt(() => provePasskey(entry, grant), "sign_in.wrong_passkey") : choose(other)
              }
            >
              {t(TITLES[other]!)}
            </button>
          ))}
      </div>
      <nav class="sign-in-links" aria-label={t("app.navigation")}>
        <button type="button" class="button link" onClick={() => leave()}>
          {t("sign_in.back")}
        </button>
      </nav>
    </>
  );
}

function formOf(name: string): Template {
  return { method: "POST", target: "", properties: [{ name, type: "text", required: true, prompt: "" }] };
}
