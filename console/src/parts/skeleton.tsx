// What stands where something is being loaded.

import { t } from "../text/text";

export function Skeleton({ lines = 4 }: { lines?: number }) {
  return (
    <div class="skeleton" role="status" aria-label={t("app.loading")}>
      {Array.from({ length: lines }, (_, n) => (
        <div key={n} class="skeleton-line" />
      ))}
    </div>
  );
}
