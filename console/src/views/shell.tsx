// The frame of the page for those who are signed in: the navigation, which is the links of the entry, and a place.

import { useEffect, useRef } from "preact/hooks";
import { ENTRY } from "../api/entry";
import { link, links, type Resource } from "../api/hal";
import { pathOf, reload, useResource } from "../api/resource";
import { addressOf, go, usePlace, type GoOptions, type Place } from "../navigation/place";
import { Skeleton } from "../parts/skeleton";
import { t } from "../text/text";
import { EntryContext } from "./entry_context";
import { Failure } from "./failure";
import { Home } from "./home";
import { Navigation } from "./navigation";
import { ResourceView } from "./resource_view";
import { StepUpDialog } from "./step_up_dialog";
import { useHeading } from "./use_heading";

export function Shell() {
  const place = usePlace();
  const { answer, error } = useResource(ENTRY);
  useHeading(pathOf(place.href), pathOf(place.trail[0]));
  // What the user may do can have changed since the last place: the navigation follows.
  const isFirst = useRef(true);
  useEffect(() => {
    if (!isFirst.current) reload(ENTRY);
    isFirst.current = false;
  }, [addressOf(place)]);
  // And while the page was not looked at.
  useEffect(() => {
    const look = () => {
      // What is in a dialog, such as a form that is being filled in, stays as it is.
      if (document.visibilityState === "visible" && !document.querySelector("dialog")) reload();
    };
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  // If it cannot be read again, what is shown stays, with a form that may be open.
  const read = useRef<Resource | undefined>(undefined);
  const entry = (read.current = answer?.resource ?? read.current);
  const steps = place.trail[0] === "step-up" && place.href === ENTRY;
  return (
    <EntryContext.Provider value={entry}>
      <div class="shell">
        <a class="skip" href="#main" onClick={skip}>
          {t("app.skip")}
        </a>
        {entry ? <Navigation entry={entry} place={place} /> : <div class="side" />}
        <main id="main" tabIndex={-1}>
          {error && !entry ? <Failure error={error} /> : <Shown entry={entry} place={place} />}
          {steps && entry && link(entry, "step-up") && (
            <StepUpDialog onClose={() => go({ href: place.href, trail: [] }, { isClosing: true })} />
          )}
        </main>
      </div>
    </EntryContext.Provider>
  );
}

/** The place. Its resource is loaded while the entry is, if it is not the entry itself. */
function Shown({ entry, place }: { entry?: Resource; place: Place }) {
  const view = {
    trail: place.trail,
    follow: (trail: string[], options?: GoOptions) => go({ href: place.href, trail }, options),
    turn: (href: string, options?: GoOptions) => go({ href, trail: [] }, options),
  };
  if (place.href === ENTRY) return entry ? <Home entry={entry} {...view} /> : <Skeleton lines={8} />;
  const relation = entry && relationOf(entry, place);
  return <ResourceView key={pathOf(place.href)} href={place.href} relation={relation} {...view} />;
}

/** The relation by which the entry links to the place, if it does. */
function relationOf(entry: Resource, place: Place): string | undefined {
  const path = pathOf(place.href);
  return links(entry).find(([, { href }]) => href === path)?.[0];
}

/** The fragment of the address is the trail, so the link may not change it. */
function skip(event: Event) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
