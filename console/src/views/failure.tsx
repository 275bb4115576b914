// What stands in place of a resource that cannot be shown.

import { ApiError, describe } from "../api/problem";
import { reloadAll } from "../api/resource";
import { PlaceLink } from "../navigation/place_link";
import { HOME } from "../navigation/place";
import { Empty } from "../parts/empty";
import { t } from "../text/text";

export function Failure({ error }: { error: unknown }) {
  const mustEnrol = error instanceof ApiError && error.problem.code === "mfa_enrolment_required";
  return (
    <Empty>
      <h1 tabIndex={-1}>{t("error.title")}</h1>
      <p role="alert">{describe(error)}</p>
      <div class="form-buttons">
        <button type="button" class="button" onClick={reloadAll}>
          {t("resource.reload")}
        </button>
        <PlaceLink to={{ ...HOME, trail: mustEnrol ? ["me", "factors"] : [] }} class="button">
          {mustEnrol ? t("error.enrol") : t("resource.home")}
        </PlaceLink>
      </div>
    </Empty>
  );
}
