// The tabs of a resource. Each has an address, so they are links.

import type { Place } from "../navigation/place";
import { PlaceLink } from "../navigation/place_link";
import { relationText, t } from "../text/text";

interface Props {
  /** Relations; `undefined` is the resource itself. */
  tabs: (string | undefined)[];
  open: string | undefined;
  place: (relation: string | undefined) => Place;
}

export function Tabs({ tabs, open, place }: Props) {
  return (
    <nav class="tabs" aria-label={t("resource.details")}>
      {tabs.map((relation) => (
        <PlaceLink
          key={relation ?? ""}
          to={place(relation)}
          relation={relation ?? "self"}
          isCurrent={relation === open}
        >
          {relation ? relationText(relation) : t("resource.details")}
        </PlaceLink>
      ))}
    </nav>
  );
}
