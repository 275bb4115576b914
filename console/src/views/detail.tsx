// One resource: its values, what can be done with it, and tabs for what it links to.

import { isObject, link, members, type Resource } from "../api/hal";
import { pathOf } from "../api/resource";
import { PlaceLink } from "../navigation/place_link";
import { Value } from "../parts/value";
import { memberText, relationText, t } from "../text/text";
import { Controls } from "./controls";
import { useListOfPlace } from "./entry_context";
import { MissingFactor } from "./missing_factor";
import { Panel } from "./panel";
import { tabs, titleOf } from "./relations";
import type { ShownProps } from "./resource_view";
import { Tabs } from "./tabs";

export function Detail({ answer: { resource }, href, trail, follow, relation, isNested }: ShownProps) {
  const linked = tabs(resource);
  const [step = "", ...rest] = trail;
  const open = linked.find(([relation]) => relation === pathOf(step));
  const Heading = isNested ? "h2" : "h1";
  const list = useListOfPlace();
  return (
    <article class="detail">
      <header class="view-head">
        <div>
          <p class="kicker">
            {list ? (
              <PlaceLink to={list.place}>{relationText(list.relation)}</PlaceLink>
            ) : (
              relation === "me" && relationText("me")
            )}
          </p>
          <Heading tabIndex={-1}>{titleOf(resource) ?? t("resource.details")}</Heading>
        </div>
      </header>
      {linked.length > 0 && (
        <Tabs
          tabs={[undefined, ...linked.map(([relation]) => relation)]}
          open={open?.[0]}
          place={(relation) => ({ href, trail: relation ? [relation] : [] })}
        />
      )}
      {relation === "me" && open?.[0] !== "factors" && <MissingFactor account={resource} />}
      {open ? (
        <Panel
          key={open[0]}
          relation={open[0]}
          href={open[1].href}
          query={step.split("?")[1]}
          trail={rest}
          follow={follow}
        />
      ) : (
        <Card resource={resource} follow={follow} />
      )}
    </article>
  );
}

function Card({ resource, follow }: { resource: Resource; follow: ShownProps["follow"] }) {
  return (
    <section class="card">
      <dl class="values">
        {members(resource)
          .sort(([a], [b]) => Number(a === "id") - Number(b === "id"))
          .map(([name, value]) => {
            const to = link(resource, name);
            return (
              <div key={name} class="value">
                <dt>{memberText(name)}</dt>
                <dd>
                  {to && !isObject(value) ? (
                    <PlaceLink to={{ href: to.href, trail: [] }} relation={name}>
                      <Value name={name} value={value} />
                    </PlaceLink>
                  ) : (
                    <Value name={name} value={value} />
                  )}
                </dd>
              </div>
            );
          })}
      </dl>
      <Controls
        resource={resource}
        isPrimary={({ relation }) => relation === "update"}
        follow={(relation) => follow([relation])}
      />
    </section>
  );
}
