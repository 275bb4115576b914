// What stands in place of a resource that cannot be shown.

import { describe } from "../api/problem";
import { reload } from "../api/resource";
import { HOME } from "../navigation/place";
import { PlaceLink } from "../navigation/place_link";
import { Empty } from "../parts/empty";
import { t } from "../text/text";
import { lacksFactor, WayOut } from "./way_out";

export function Failure({ error }: { error: unknown }) {
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
