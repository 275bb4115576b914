// What an account says to somebody who has to have a second factor and has not shown one: little is offered then.

import { link, type Resource } from "../api/hal";
import { Alert } from "../parts/alert";
import { t } from "../text/text";
import { WayOut } from "./way_out";

export function MissingFactor({ account }: { account: Resource }) {
  // Everybody else may change their own account.
  if (link(account, "update") || !link(account, "factors")) return null;
  return (
    <Alert tone="info">
      <p>{t("enrol.about")}</p>
      <div class="form-buttons">
        <WayOut />
      </div>
    </Alert>
  );
}
