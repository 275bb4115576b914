// The filters of a list: a field to search, which is heard while one types, and the others on demand.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Filter } from "../api/description";
import { expand, valuesOf, variables } from "../api/uri_template";
import { Icon } from "../parts/icon";
import { t } from "../text/text";
import { FilterField } from "./filter_field";
import { useFilters } from "./use_filters";

/** Parameters that are not filters. */
const PAGING = ["limit", "offset", "cursor"];
/** How long to wait for more letters, in milliseconds. */
const TYPING = 150;

export function isFiltered(href: string): boolean {
  return Object.keys(valuesOf(href)).some((name) => name !== "sort" && !PAGING.includes(name));
}

interface Props {
  template: string;
  href: string;
  turn: (href: string) => void;
}

export function Filters({ template, href, turn }: Props) {
  const known = useFilters(template);
  const { cursor: _, offset: __, ...values } = valuesOf(href);
  const names = variables(template).filter((name) => name !== "q" && !PAGING.includes(name));
  const others = names.map((name): Filter => known.find((filter) => filter.name === name) ?? { name });
  const isInUse = names.some((name) => values[name]);
  const [isOpen, setOpen] = useState(isInUse);
  const set = (name: string, value: string) => turn(expand(template, { ...values, [name]: value }));
  return (
    <search class="filters">
      <div class="filter-bar">
        {variables(template).includes("q") && (
          <SearchField value={values["q"] ?? ""} search={(text) => set("q", text)} />
        )}
        {others.length > 0 && (
          <button type="button" class="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            <Icon name="filter" />
            {t("list.filters")}
          </button>
        )}
        {isFiltered(href) && (
          <button type="button" class="button link" onClick={() => turn(expand(template, {}))}>
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
              value={values[filter.name] ?? ""}
              set={(value) => set(filter.name, value)}
            />
          ))}
        </div>
      )}
    </search>
  );
}

function SearchField({ value, search }: { value: string; search: (text: string) => void }) {
  const [text, setText] = useState(value);
  const timer = useRef(0);
  useEffect(() => setText(value), [value]);
  const type = (text: string) => {
    setText(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => search(text.trim()), TYPING);
  };
  return (
    <div class="search-field">
      <Icon name="search" />
      <input
        type="search"
        value={text}
        placeholder={t("list.search")}
        aria-label={t("list.search")}
        data-rel="search"
        autocapitalize="off"
        spellcheck={false}
        onInput={(event) => type(event.currentTarget.value)}
      />
    </div>
  );
}
