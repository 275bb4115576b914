// What stands where a list has no items.

import type { ComponentChildren } from "preact";
import { Icon } from "./icon";

export function Empty({ children }: { children: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name="empty" />
      {children}
    </div>
  );
}
