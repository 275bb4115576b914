// The items of a list, one in each row. On a narrow screen each row becomes a card.

import { isObject, isSafe, keyOf, link, members, type Resource } from "../api/hal";
import { PlaceLink } from "../navigation/place_link";
import { Value } from "../parts/value";
import { memberText, t } from "../text/text";
import { ColumnHead } from "./column_head";
import { columnsOf } from "./columns";
import { Controls } from "./controls";
import { actions, files, tabs } from "./relations";

interface Props {
  name: string;
  items: Resource[];
  isNested?: boolean;
  follow: (trail: string[]) => void;
  search?: string;
  href: string;
  turn: (href: string) => void;
}

export function ItemTable({ name, items, isNested, follow, search, href, turn }: Props) {
  const columns = columnsOf(name, items);
  const hasOwnPlace = (item: Resource) => !isNested && link(item, "self") !== undefined;
  /** The relation of the link that the value is: to the item itself, or to what the value is about. */
  const relationOf = (item: Resource, column: string, isFirst: boolean) => {
    if (hasOwnPlace(item)) return isFirst ? "self" : undefined;
    const to = link(item, column);
    return to && isSafe(to) && !isObject(item[column]) ? column : undefined;
  };
  /** The links of the item that no value is. */
  const linkedOf = (item: Resource) =>
    tabs(
      item,
      columns.filter((column) => !isObject(item[column])),
    );
  const hasControls = (item: Resource) =>
    !hasOwnPlace(item) && [actions(item), files(item), linkedOf(item)].some((all) => all.length > 0);
  const hasActions = items.some(hasControls);
  return (
    <div class="card table-card">
      <table role="table">
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <ColumnHead key={column} column={column} search={search} href={href} turn={turn} />
            ))}
            {hasActions && (
              <th scope="col" role="columnheader">
                <span class="visually-hidden">{t("list.actions")}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {items.map((item) => (
            <tr key={keyOf(item)} role="row">
              {columns.map((column, n) => (
                <td key={column} role="cell" data-label={memberText(column)}>
                  <Cell item={item} column={column} relation={relationOf(item, column, n === 0)} />
                </td>
              ))}
              {hasActions && (
                <td role="cell" class="row-actions">
                  {hasControls(item) && (
                    <Controls
                      resource={item}
                      list={name}
                      about={String(item["name"] ?? item["user_agent"] ?? keyOf(item))}
                      isSmall
                      linked={linkedOf(item)}
                      follow={(relation) => follow([keyOf(item), relation])}
                    />
                  )}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell({ item, column, relation }: { item: Resource; column: string; relation?: string }) {
  const value = Object.fromEntries(members(item))[column];
  const shown = <Value name={column} value={value} />;
  const to = relation === undefined ? undefined : link(item, relation);
  return to ? (
    <PlaceLink to={{ href: to.href, trail: [] }} relation={relation} class="row-link">
      {shown}
    </PlaceLink>
  ) : (
    shown
  );
}
