// What is followed from an item of a list. A form that changes the item is that of the item itself, as it is now: it comes with the
// version, so that nothing that somebody else has changed is overwritten.

import { useRef } from "preact/hooks";
import type { Answer } from "../api/client";
import { link, template, type Resource } from "../api/hal";
import { describe } from "../api/problem";
import { useResource } from "../api/resource";
import { Alert } from "../parts/alert";
import { Dialog } from "../parts/dialog";
import { relationText } from "../text/text";
import { Followed, type ViewProps } from "./resource_view";

interface Props {
  item: Resource;
  list: string;
  /** What is followed from the item. */
  trail: string[];
  follow: ViewProps["follow"];
}

export function FollowedItem({ item, list, trail, follow }: Props) {
  const [relation] = trail;
  const isChange = relation !== undefined && template(item, relation)?.method === "PATCH";
  const self = isChange ? link(item, "self")?.href : undefined;
  const { answer, error } = useResource(self);
  // A form that is open stays, also if the item cannot be read again.
  const read = useRef<Answer | undefined>(undefined);
  read.current = self === undefined ? undefined : (answer ?? read.current);
  if (self !== undefined && !read.current) {
    if (!error) return null;
    return (
      <Dialog title={relationText(relation!, list)} onClose={() => follow([], { isClosing: true })}>
        <Alert tone="bad">{describe(error)}</Alert>
      </Dialog>
    );
  }
  return (
    <Followed
      resource={read.current?.resource ?? item}
      etag={read.current?.etag}
      list={list}
      trail={trail}
      follow={follow}
      isNested
    />
  );
}
