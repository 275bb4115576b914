// The frame of the pages for those who are not signed in: one card.

import type { ComponentChildren } from "preact";
import { t } from "../text/text";

export function Frame({ children }: { children: ComponentChildren }) {
  return (
    <main id="main" class="sign-in">
      <p class="brand">{t("app.name")}</p>
      <div class="card">{children}</div>
    </main>
  );
}
