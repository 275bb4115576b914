// A list: filters, a table of its items, and its pages.

import { items, keyOf, link } from "../api/hal";
import { Empty } from "../parts/empty";
import { listText, nameText, t } from "../text/text";
import { ActionButton } from "./action_button";
import { Filters, isFiltered } from "./filters";
import { ItemTable } from "./item_table";
import { Pages } from "./pages";
import { actions } from "./relations";
import { Followed, type ShownProps } from "./resource_view";

export function Collection({ answer: { resource }, href, trail, follow, turn, isNested }: ShownProps) {
  const list = items(resource)!;
  const search = link(resource, "search")?.href;
  const Heading = isNested ? "h2" : "h1";
  const item = list.items.find((item) => keyOf(item) === trail[0]);
  return (
    <section class="collection">
      <header class="view-head">
        <Heading tabIndex={-1}>{listText(list.name)}</Heading>
        <div class="actions" role="group" aria-label={t("resource.actions")}>
          {actions(resource).map((action, n) => (
            <ActionButton
              key={action.relation}
              action={action}
              list={list.name}
              isPrimary={n === 0 && !action.isDanger}
              onPress={() => follow([action.relation])}
            />
          ))}
        </div>
      </header>
      {search && <Filters template={search} href={href} turn={turn} />}
      {list.items.length > 0 ? (
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
        <NoItems list={list.name} isFiltered={search !== undefined && isFiltered(href)} />
      )}
      <Pages resource={resource} shown={list.items.length} turn={turn} />
      {item && (
        <Followed
          resource={item}
          list={list.name}
          trail={trail.slice(1)}
          follow={(rest) => follow(rest.length > 0 ? [keyOf(item), ...rest] : [])}
          isNested
        />
      )}
    </section>
  );
}

function NoItems({ list, isFiltered }: { list: string; isFiltered: boolean }) {
  return (
    <Empty>
      <p>{isFiltered ? t("list.no_match") : (nameText("empty", list) ?? t("list.empty"))}</p>
    </Empty>
  );
}
