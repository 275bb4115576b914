// Numbers by day, and numbers of kinds: whatever a resource has of both.

import { useState } from "preact/hooks";
import { isObject, link, members, type Json, type Resource } from "../api/hal";
import { expand, valuesOf, variables } from "../api/uri_template";
import { relationText, t } from "../text/text";
import { BarList } from "./bar_list";
import { Controls } from "./controls";
import { DayChart, type DayValue } from "./day_chart";
import { tabs } from "./relations";
import type { ShownProps } from "./resource_view";
import { useFilters } from "./use_filters";

/** Periods to choose from, in days, besides the longest one. */
const PERIODS = [7, 30, 90];

/** Whether the resource has a list of days. */
export function isStatistics(resource: Resource): boolean {
  return series(resource) !== undefined;
}

function series(resource: Resource): { [name: string]: Json }[] | undefined {
  const lists = members(resource).map(([, value]) => value);
  return lists.find((value) => Array.isArray(value) && isObject(value[0]) && "date" in value[0]) as
    { [name: string]: Json }[] | undefined;
}

/** The groups of numbers, such as the users by status. */
function groups(resource: Resource): [string, { [name: string]: Json }][] {
  const objects = members(resource).flatMap(([, value]) => (isObject(value) ? Object.entries(value) : []));
  return objects.filter((entry): entry is [string, { [name: string]: Json }] => isObject(entry[1]));
}

export function Statistics({ answer: { resource }, href, follow, turn }: ShownProps) {
  const days = series(resource)!;
  const names = Object.keys(days[0]!).filter((name) => typeof days[0]![name] === "number");
  const search = link(resource, "search")?.href;
  return (
    <section class="statistics">
      <header class="view-head">
        <div>
          <h1 tabIndex={-1}>{relationText("statistics")}</h1>
          <p class="quiet">{t("chart.zone")}</p>
        </div>
        {search && variables(search).includes("days") && (
          <Period search={search} shown={Number(valuesOf(href)["days"]) || days.length} turn={turn} />
        )}
      </header>
      <Controls resource={resource} linked={tabs(resource, [])} follow={(relation) => follow([relation])} />
      <div class="bar-lists">
        {groups(resource).map(([name, values]) => (
          <BarList key={name} name={name} values={values} />
        ))}
      </div>
      <div class="charts">
        {names.map((name) => (
          <DayChart
            key={name}
            name={name}
            values={days.map((day): DayValue => ({ date: String(day["date"]), value: Number(day[name]) }))}
          />
        ))}
      </div>
    </section>
  );
}

interface PeriodProps {
  search: string;
  /** The days that are shown. */
  shown: number;
  turn: (href: string) => void;
}

function Period({ search, shown, turn }: PeriodProps) {
  // The longest period is in the description of the API, which is long: it is loaded for those who look for a period.
  const [isSought, setSought] = useState(false);
  const seek = () => setSought(true);
  const max = useFilters(isSought ? search : undefined).find(({ name }) => name === "days")?.maximum;
  const offered = new Set([...PERIODS.filter((days) => !max || days < max), shown, max ?? shown]);
  return (
    <label class="period">
      <span class="visually-hidden">{t("chart.period")}</span>
      <select
        data-rel="search"
        onPointerEnter={seek}
        onFocus={seek}
        onChange={(event) => turn(expand(search, { days: event.currentTarget.value }))}
      >
        {[...offered]
          .sort((a, b) => a - b)
          .map((days) => (
            <option key={days} value={String(days)} selected={days === shown}>
              {t("chart.days", { days })}
            </option>
          ))}
      </select>
    </label>
  );
}
