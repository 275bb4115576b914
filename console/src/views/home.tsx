// The beginning: the overview, for those who may see it, or one's own account.

import { link, type Resource } from "../api/hal";
import { t } from "../text/text";
import { ResourceView, type ViewProps } from "./resource_view";

interface Props extends Omit<ViewProps, "href"> {
  entry: Resource;
}

export function Home({ entry, trail, follow, turn }: Props) {
  // The first step of the trail may say which of them it starts from.
  const [step = ""] = trail;
  const named = link(entry, step) && step !== "step-up" ? step : undefined;
  const relation = named ?? (link(entry, "statistics") ? "statistics" : "me");
  const shown = link(entry, relation);
  if (!shown) return <h1 tabIndex={-1}>{t("app.name")}</h1>;
  const rest = named ? trail.slice(1) : trail;
  const followRest: ViewProps["follow"] = named ? (trail, options) => follow([named, ...trail], options) : follow;
  return (
    <ResourceView key={relation} href={shown.href} relation={relation} trail={rest} follow={followRest} turn={turn} />
  );
}
