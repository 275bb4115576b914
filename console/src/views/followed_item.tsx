// What is followed from an item of a list. A form that changes the item is that of the item itself, as it is now: it comes with the
// version, so that nothing that somebody else has changed is overwritten.

import { link, template, type Resource } from "../api/hal";
import { useResource } from "../api/resource";
import { Followed, type ViewProps } from "./resource_view";

interface Props {
  item: Resource;
  list: string;
  /** What is followed from the item. */
  trail: string[];
  follow: ViewProps["follow"];
}

export function FollowedItem({ item, list, trail, follow }: Props) {
  const isChange = trail[0] !== undefined && template(item, trail[0])?.method === "PATCH";
  const self = isChange ? link(item, "self")?.href : undefined;
  const { answer, error } = useResource(self);
  if (self !== undefined && !answer && !error) return null;
  return (
    <Followed
      resource={answer?.resource ?? item}
      etag={answer?.etag}
      list={list}
      trail={trail}
      follow={follow}
      isNested
    />
  );
}
