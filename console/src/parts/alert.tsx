// A message in the page.

import type { ComponentChildren } from "preact";

export function Alert({ tone, children }: { tone: "good" | "bad" | "info"; children: ComponentChildren }) {
  return (
    <div class={`alert ${tone}`} role={tone === "bad" ? "alert" : "status"}>
      {children}
    </div>
  );
}
