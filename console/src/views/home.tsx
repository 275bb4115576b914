// The start page: the overview, for those who may see it, or one's own account. And the forms of the entry.

import type { Resource } from "../api/hal";
import { t } from "../text/text";
import { actions, destinations } from "./relations";
import { Followed, ResourceView, type ViewProps } from "./resource_view";

interface Props extends Omit<ViewProps, "href"> {
  entry: Resource;
}

export function Home({ entry, trail, follow, turn }: Props) {
  // The first step of the trail names what is shown, or a form of the entry. The entry has other forms too, to sign in.
  const [step, ...rest] = trail;
  const offered = new Map(destinations(entry));
  const isNamed = step !== undefined && offered.has(step);
  const isForm = actions(entry).some(({ relation }) => relation === step);
  const start = offered.has("statistics") ? "statistics" : "me";
  const relation = isNamed ? step : start;
  const shown = offered.get(relation);
  const followRest: ViewProps["follow"] = (trail, options) =>
    follow(trail.length > 0 || relation !== start ? [relation, ...trail] : [], options);
  return (
    <>
      {shown ? (
        <ResourceView
          key={relation}
          href={shown.href}
          relation={relation}
          trail={isNamed ? rest : []}
          follow={followRest}
          turn={turn}
        />
      ) : (
        <h1 tabIndex={-1}>{t("app.name")}</h1>
      )}
      {isForm && <Followed resource={entry} trail={trail} follow={follow} />}
    </>
  );
}
