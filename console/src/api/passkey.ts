// The passkeys of the browser (Web Authentication, Level 3).

import { t } from "../text/text";
import { isObject, type Json, type Resource } from "./hal";
import { ApiError } from "./problem";

export interface Proof {
  ceremony: string;
  credential: unknown;
}

/** Whether the answer begins a ceremony that a passkey finishes. */
export function isCeremony(answer: Resource): boolean {
  return typeof answer["ceremony"] === "string" && isObject(answer["public_key"]);
}

/** Asks the browser for a new passkey, or for the proof of one, as the options demand. */
export async function perform(options: Resource): Promise<Proof> {
  if (!("PublicKeyCredential" in globalThis)) throw failed(t("passkey.unsupported"));
  const given = options["public_key"] as { [name: string]: Json };
  try {
    const credential = "user" in given ? await create(given) : await prove(given);
    return { ceremony: String(options["ceremony"]), credential: (credential as PublicKeyCredential).toJSON() };
  } catch (error) {
    console.info(error);
    throw failed(t("passkey.cancelled"));
  }
}

function create(given: unknown) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(given as PublicKeyCredentialCreationOptionsJSON);
  return navigator.credentials.create({ publicKey });
}

function prove(given: unknown) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(given as PublicKeyCredentialRequestOptionsJSON);
  return navigator.credentials.get({ publicKey });
}

function failed(detail: string): ApiError {
  return new ApiError({ status: 0, code: "passkey", detail, faults: [] });
}
