// The pages of a list, by the links of the list.

import { link, type Resource } from "../api/hal";
import { number } from "../text/format";
import { t } from "../text/text";

export function Pages({ resource, shown, turn }: { resource: Resource; shown: number; turn: (href: string) => void }) {
  const [total, offset] = [Number(resource["total"]), Number(resource["offset"])];
  if (!Number.isFinite(total) || shown === 0) return null;
  const isExact = resource["total_is_exact"] !== false;
  const range = { from: number(offset + 1), to: number(offset + shown), total: number(total) };
  return (
    <nav class="pages" aria-label={t("list.pages")}>
      <p aria-live="polite">{t(isExact ? "list.range" : "list.range_at_least", range)}</p>
      {link(resource, "prev") && <Page resource={resource} relation="first" text={t("list.first")} turn={turn} />}
      <Page resource={resource} relation="prev" text={t("list.previous")} turn={turn} />
      <Page resource={resource} relation="next" text={t("list.next")} turn={turn} />
      {link(resource, "next") && <Page resource={resource} relation="last" text={t("list.last")} turn={turn} />}
    </nav>
  );
}

interface PageProps {
  resource: Resource;
  relation: string;
  text: string;
  turn: (href: string) => void;
}

function Page({ resource, relation, text, turn }: PageProps) {
  const to = link(resource, relation);
  return (
    to && (
      <button type="button" class="button" data-rel={relation} onClick={() => turn(to.href)}>
        {text}
      </button>
    )
  );
}
