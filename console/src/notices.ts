// Short messages for the user, at the edge of the page.

import { Store } from "./store";

export interface Notice {
  text: string;
  tone: "good" | "bad";
}

export const notice = new Store<Notice | undefined>(undefined);

/** Why the page waits, while requests are repeated. */
export const waiting = new Store<string | undefined>(undefined);

const SHOWN_FOR = 6000;

let timer = 0;

export function notify(text: string, tone: Notice["tone"] = "good"): void {
  notice.set({ text, tone });
  clearTimeout(timer);
  timer = setTimeout(() => notice.set(undefined), SHOWN_FOR);
}
