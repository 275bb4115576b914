// The filters of a list: a field to search, which is heard while one types, and the others on demand.

import { useState } from "preact/hooks";
import type { Filter } from "../api/description";
import type { Resource } from "../api/hal";
import { faultsByField } from "../api/problem";
import { expand, valuesOf, variables } from "../api/uri_template";
import { Icon } from "../parts/icon";
import { t } from "../text/text";
import { FilterField } from "./filter_field";
import type { ViewProps } from "./resource_view";
import { SearchField } from "./search_field";
import { useFilters } from "./use_filters";

/** Parameters that are not filters. */
const PAGING = ["limit", "offset", "cursor"];

export function isFiltered(href: string): boolean {
  return Object.keys(valuesOf(href)).some((name) => name !== "sort" && !PAGING.includes(name));
}

interface Props {
  /** The list. */
  resource: Resource;
  template: string;
  href: string;
  turn: ViewProps["turn"];
  /** Why the filters were refused. */
  error?: unknown;
}

export function Filters({ resource, template, href, turn, error }: Props) {
  const known = useFilters(template);
  const { cursor: _, offset: __, ...values } = valuesOf(href);
  const names = variables(template).filter((name) => name !== "q" && !PAGING.includes(name));
  const others = names.map((name): Filter => known.find((filter) => filter.name === name) ?? { name });
  const [isOpen, setOpen] = useState(names.some((name) => values[name]));
  const faults = faultsByField(error);
  const set = (name: string, value: string, replace = false) =>
    turn(expand(template, { ...values, [name]: value }), { replace });
  return (
    <search class="filters">
      <div class="filter-bar">
        {variables(template).includes("q") && (
          <SearchField
            value={values["q"] ?? ""}
            fault={faults.get("q")}
            // One step back leads to the list before the search, not to each letter of it.
            search={(text) => set("q", text, values["q"] !== undefined)}
          />
        )}
        {others.length > 0 && (
          <button
            type="button"
            class="button"
            data-rel="search"
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          >
            <Icon name="filter" />
            {t("list.filters")}
          </button>
        )}
        {isFiltered(href) && (
          <button type="button" class="button link" data-rel="search" onClick={() => turn(expand(template, {}))}>
            {t("list.clear")}
          </button>
        )}
      </div>
      {isOpen && (
        <div class="filter-fields">
          {others.map((filter) => (
            <FilterField
              key={filter.name}
              filter={filter}
              suggestions={optionsOf(resource, filter.name)}
              value={values[filter.name] ?? ""}
              fault={faults.get(filter.name)}
              set={(value) => set(filter.name, value)}
            />
          ))}
        </div>
      )}
    </search>
  );
}

/** The values that a form of the list has for a field of this name. */
function optionsOf(resource: Resource, name: string): string[] {
  const fields = Object.values(resource._templates ?? {}).flatMap(({ properties }) => properties);
  return fields.find((field) => field.name === name)?.options?.inline ?? [];
}
