// The heading of what is shown is the title of the page, and gets the focus when another place is shown.

import { useEffect } from "preact/hooks";
import { t } from "../text/text";

export function useHeading(...place: (string | undefined)[]): void {
  useEffect(() => {
    let hasFocus = false;
    const look = () => {
      const heading = document.querySelector<HTMLElement>("main h1");
      if (!heading) return;
      document.title = `${heading.textContent} · ${t("app.name")}`;
      if (!hasFocus && (document.activeElement === document.body || document.activeElement?.closest(".side")))
        heading.focus();
      hasFocus = true;
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { childList: true, subtree: true });
    look();
    return () => observer.disconnect();
  }, place);
}
