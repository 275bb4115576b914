// The main navigation: the links of the entry.

import { link, type Resource } from "../api/hal";
import { describe } from "../api/problem";
import { signOut } from "../api/session";
import { go, HOME, type Place } from "../navigation/place";
import { PlaceLink } from "../navigation/place_link";
import { notify } from "../notices";
import { Icon } from "../parts/icon";
import { relationText, t } from "../text/text";
import { Controls } from "./controls";
import { destinations } from "./relations";

export function Navigation({ entry, place }: { entry: Resource; place: Place }) {
  const home = link(entry, "statistics") ?? link(entry, "me");
  const shown = place.href === HOME.href ? home?.href : place.href;
  const documentation = link(entry, "service-doc");
  const leave = () =>
    signOut().then(
      () => go(HOME, { replace: true }),
      (error) => notify(describe(error), "bad"),
    );
  return (
    <header class="side">
      <PlaceLink to={HOME} class="brand">
        {t("app.name")}
      </PlaceLink>
      <nav aria-label={t("app.navigation")}>
        <ul>
          {destinations(entry).map(([relation, { href }]) => (
            <li key={relation}>
              <PlaceLink to={{ href, trail: [] }} relation={relation} isCurrent={isWithin(shown, href)}>
                <Icon name={relation} />
                {relationText(relation)}
              </PlaceLink>
            </li>
          ))}
        </ul>
      </nav>
      <Controls resource={entry} follow={(relation) => go({ ...HOME, trail: [relation] })} />
      <div class="side-foot">
        {link(entry, "step-up") && (
          <PlaceLink to={{ ...HOME, trail: ["step-up"] }} relation="step-up">
            <Icon name="lock" />
            {relationText("step-up")}
          </PlaceLink>
        )}
        {documentation && (
          <a href={documentation.href} data-rel="service-doc" target="_blank" rel="noreferrer">
            <Icon name="service-doc" />
            {relationText("service-doc")}
          </a>
        )}
        <button type="button" class="button quiet" onClick={leave}>
          <Icon name="out" />
          {t("app.sign_out")}
        </button>
      </div>
    </header>
  );
}

/** Whether the place is that of the link, or below it. */
function isWithin(place: string | undefined, href: string): boolean {
  const path = place?.split("?")[0] ?? "";
  return path === href || path.startsWith(`${href}/`);
}
