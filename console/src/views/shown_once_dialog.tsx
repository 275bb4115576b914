// The dialog with what is shown once. It belongs to no place, so the back button does not close it.

import { Dialog } from "../parts/dialog";
import { saved, shownOnce } from "../shown_once";
import { useStore } from "../store";
import { t } from "../text/text";
import { Secrets } from "./secret";

export function ShownOnceDialog() {
  const { shown } = useStore(shownOnce);
  if (!shown) return null;
  return (
    <Dialog title={shown.title}>
      <p>{t("once.about")}</p>
      <Secrets resource={shown.resource} names={shown.names} />
      <div class="form-buttons">
        <button type="button" class="button primary" onClick={saved}>
          {t("once.done")}
        </button>
      </div>
    </Dialog>
  );
}
