// What stands in place of a resource that cannot be shown.

import { useEffect } from "preact/hooks";
import { ENTRY } from "../api/entry";
import { ApiError, describe } from "../api/problem";
import { reload } from "../api/resource";
import { HOME } from "../navigation/place";
import { PlaceLink } from "../navigation/place_link";
import { Empty } from "../parts/empty";
import { t } from "../text/text";
import { lacksFactor, WayOut } from "./way_out";

export function Failure({ error }: { error: unknown }) {
  // If a permission has been lost, other links may be gone too.
  useEffect(() => {
    if (error instanceof ApiError && error.problem.status === 403) reload(ENTRY);
  }, [error]);
  return (
    <Empty>
      <h1 tabIndex={-1}>{t("error.title")}</h1>
      <p role="alert">{describe(error)}</p>
      <div class="form-buttons">
        <button type="button" class="button" data-rel="self" onClick={() => reload()}>
          {t("resource.reload")}
        </button>
        {lacksFactor(error) ? (
          <WayOut />
        ) : (
          <PlaceLink to={HOME} class="button">
            {t("resource.home")}
          </PlaceLink>
        )}
      </div>
    </Empty>
  );
}
