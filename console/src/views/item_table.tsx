// The items of a list, one in each row. On a narrow screen each row becomes a card.

import { keyOf, link, members, type Resource } from "../api/hal";
import { PlaceLink } from "../navigation/place_link";
import { Value } from "../parts/value";
import { memberText, t } from "../text/text";
import { ActionButton } from "./action_button";
import { columnsOf } from "./columns";
import { actions } from "./relations";
import { ColumnHead } from "./column_head";

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
  const hasActions = items.some((item) => !hasOwnPlace(item) && actions(item).length > 0);
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
                  <Cell item={item} column={column} isLinked={n === 0 && hasOwnPlace(item)} />
                </td>
              ))}
              {hasActions && (
                <td role="cell" class="row-actions">
                  {!hasOwnPlace(item) && <ItemActions item={item} list={name} follow={follow} />}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ItemActions({ item, list, follow }: { item: Resource; list: string; follow: (trail: string[]) => void }) {
  const about = String(item["name"] ?? item["user_agent"] ?? keyOf(item));
  return (
    <div class="actions">
      {actions(item).map((action) => (
        <ActionButton
          key={action.relation}
          action={action}
          isSmall
          list={list}
          about={about}
          onPress={() => follow([keyOf(item), action.relation])}
        />
      ))}
    </div>
  );
}

function Cell({ item, column, isLinked }: { item: Resource; column: string; isLinked: boolean }) {
  const value = Object.fromEntries(members(item))[column];
  const shown = <Value name={column} value={value} />;
  const self = link(item, "self");
  return isLinked && self ? (
    <PlaceLink to={{ href: self.href, trail: [] }} relation="self" class="row-link">
      {shown}
    </PlaceLink>
  ) : (
    shown
  );
}
