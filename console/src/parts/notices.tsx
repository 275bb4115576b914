// Short messages at the edge of the page.

import { notice, waiting } from "../notices";
import { useStore } from "../store";

export function Notices() {
  const shown = useStore(notice);
  const why = useStore(waiting);
  return (
    <div class="notices" role="status" aria-live="polite">
      {why && <p class="notice info">{why}</p>}
      {shown && <p class={`notice ${shown.tone}`}>{shown.text}</p>}
    </div>
  );
}
