// What a tab of a resource shows. The page and the filters of a list are the query of its step in the trail.

import { pathOf } from "../api/resource";
import { ResourceView, type ViewProps } from "./resource_view";

interface Props {
  relation: string;
  /** Where the tab leads to. */
  href: string;
  query?: string;
  /** What is followed from what the tab shows. */
  trail: string[];
  /** Changes the trail, which begins with the tab. */
  follow: ViewProps["follow"];
}

export function Panel({ relation, href, query, trail, follow }: Props) {
  const step = query === undefined ? relation : `${relation}?${query}`;
  return (
    <ResourceView
      href={query === undefined ? href : `${pathOf(href)}?${query}`}
      relation={relation}
      trail={trail}
      follow={(rest, options) => follow([step, ...rest], options)}
      turn={(href, options) => {
        const query = href.split("?")[1];
        follow([query === undefined ? relation : `${relation}?${query}`], options);
      }}
      isNested
    />
  );
}
