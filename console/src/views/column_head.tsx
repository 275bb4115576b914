// The head of a column. If the list can be ordered by it, it is a button that does so.

import { expand, valuesOf } from "../api/uri_template";
import { Icon } from "../parts/icon";
import { memberText } from "../text/text";
import { useFilters } from "./use_filters";

interface Props {
  column: string;
  search?: string;
  href: string;
  turn: (href: string) => void;
}

export function ColumnHead({ column, search, href, turn }: Props) {
  const orders = useFilters(search).find(({ name }) => name === "sort")?.values ?? [];
  const title = memberText(column);
  if (!search || !orders.includes(column)) {
    return (
      <th scope="col" role="columnheader">
        {title}
      </th>
    );
  }
  const { cursor: _, offset: __, ...values } = valuesOf(href);
  const isAscending = values["sort"] === column;
  const isDescending = values["sort"] === `-${column}`;
  return (
    <th scope="col" role="columnheader" aria-sort={isAscending ? "ascending" : isDescending ? "descending" : "none"}>
      <button
        type="button"
        class="sort"
        data-rel="search"
        onClick={() => turn(expand(search, { ...values, sort: isAscending ? `-${column}` : column }))}
      >
        {title}
        <Icon name={isDescending ? "down" : "up"} />
      </button>
    </th>
  );
}
