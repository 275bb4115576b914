// A list: filters, a table of its items, and its pages.

import { items, keyOf, link } from "../api/hal";
import { describe } from "../api/problem";
import { Alert } from "../parts/alert";
import { Empty } from "../parts/empty";
import { listText, nameText, t } from "../text/text";
import { Controls } from "./controls";
import { Filters, isFiltered } from "./filters";
import { FollowedItem } from "./followed_item";
import { ItemTable } from "./item_table";
import { Pages } from "./pages";
import { actions, tabs, type Action } from "./relations";
import type { ShownProps } from "./resource_view";

export function Collection({ answer: { resource }, error, href, trail, follow, turn, isNested }: ShownProps) {
  const list = items(resource)!;
  const search = link(resource, "search")?.href;
  const Heading = isNested ? "h2" : "h1";
  const item = list.items.find((item) => keyOf(item) === trail[0]);
  return (
    <section class="collection">
      <header class="view-head">
        <Heading tabIndex={-1}>{listText(list.name)}</Heading>
        <Controls
          resource={resource}
          list={list.name}
          isPrimary={({ isDanger }, n) => n === 0 && !isDanger}
          linked={tabs(resource, [])}
          follow={(relation) => follow([relation])}
        />
      </header>
      {search && <Filters resource={resource} template={search} href={href} turn={turn} error={error} />}
      {error ? (
        <Alert tone="bad">{describe(error)}</Alert>
      ) : list.items.length > 0 ? (
        <ItemTable
          name={list.name}
          items={list.items}
          isNested={isNested}
          follow={follow}
          search={search}
          href={href}
          turn={turn}
        />
      ) : (
        <NoItems list={list.name} offered={actions(resource)} isFiltered={search !== undefined && isFiltered(href)} />
      )}
      {!error && <Pages resource={resource} shown={list.items.length} turn={turn} />}
      {item && (
        <FollowedItem
          key={keyOf(item)}
          item={item}
          list={list.name}
          trail={trail.slice(1)}
          follow={(rest, options) => follow(rest.length > 0 ? [keyOf(item), ...rest] : [], options)}
        />
      )}
    </section>
  );
}

function NoItems({ list, offered, isFiltered }: { list: string; offered: Action[]; isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <Empty>
        <p>{t("list.no_match")}</p>
      </Empty>
    );
  }
  const canAdd = offered.some(({ isDanger }) => !isDanger);
  return (
    <Empty>
      <p>
        {nameText("empty", list) ?? t("list.empty")} {canAdd && nameText("empty_hint", list)}
      </p>
    </Empty>
  );
}
