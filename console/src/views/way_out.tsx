// Where somebody gets on who has to have a second factor: to the list of factors, or to proving again who one is.

import { useContext } from "preact/hooks";
import { link } from "../api/hal";
import { ApiError } from "../api/problem";
import { HOME } from "../navigation/place";
import { PlaceLink } from "../navigation/place_link";
import { relationText, t } from "../text/text";
import { EntryContext } from "./entry_context";

/** Whether the service refuses something because a second factor is missing. */
export function lacksFactor(error: unknown): boolean {
  return error instanceof ApiError && error.problem.code === "mfa_enrolment_required";
}

export function WayOut() {
  const entry = useContext(EntryContext);
  return (
    <>
      <PlaceLink to={{ ...HOME, trail: ["me", "factors"] }} relation="factors" class="button">
        {t("enrol.go")}
      </PlaceLink>
      {entry && link(entry, "step-up") && (
        <PlaceLink to={{ ...HOME, trail: ["step-up"] }} relation="step-up" class="button">
          {relationText("step-up")}
        </PlaceLink>
      )}
    </>
  );
}
