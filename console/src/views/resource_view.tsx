// A resource of any kind, and whatever the trail leads to from it: a tab, a form, an item of a list.

import { useEffect } from "preact/hooks";
import type { Answer } from "../api/client";
import { ENTRY } from "../api/entry";
import { isSafe, items, link, type Resource } from "../api/hal";
import { ApiError } from "../api/problem";
import { reload, useResource } from "../api/resource";
import type { GoOptions } from "../navigation/place";
import { Skeleton } from "../parts/skeleton";
import { ActionDialog } from "./action_dialog";
import { Collection } from "./collection";
import { Detail } from "./detail";
import { FileView } from "./file_view";
import { Failure } from "./failure";
import { opened } from "./relations";
import { isStatistics, Statistics } from "./statistics";
import { StepUpDialog } from "./step_up_dialog";

export interface ViewProps {
  href: string;
  /** What is followed from the resource. */
  trail: string[];
  /** Changes the trail. */
  follow: (trail: string[], options?: GoOptions) => void;
  /** Goes to another page of the same list, or another state of its filters. */
  turn: (href: string, options?: GoOptions) => void;
  /** Whether it is shown within another resource. */
  isNested?: boolean;
  /** The relation that led here, if it is known. */
  relation?: string;
}

export function ResourceView(props: ViewProps) {
  const { href, relation } = props;
  const { answer, error, isLoading } = useResource(href);
  // If a permission has been lost, other links may be gone too. The entry itself would be refused again and again.
  useEffect(() => {
    if (href !== ENTRY && error instanceof ApiError && error.problem.status === 403) reload(ENTRY);
  }, [error]);
  if (error && !answer) return <Failure error={error} />;
  if (!answer) return <Skeleton lines={relation === "me" ? 8 : 6} />;
  return (
    <div class="view" aria-busy={isLoading}>
      {answer.file ? <FileView file={answer.file} /> : <Shown {...props} answer={answer} error={error} />}
    </div>
  );
}

export interface ShownProps extends ViewProps {
  answer: Answer;
  /** Why the filters of the list were refused. */
  error?: unknown;
}

function Shown(props: ShownProps) {
  const { resource, etag } = props.answer;
  return (
    <>
      <Content {...props} />
      <Followed
        resource={resource}
        etag={etag}
        list={items(resource)?.name}
        trail={props.trail}
        follow={props.follow}
        isNested={props.isNested}
      />
    </>
  );
}

function Content(props: ShownProps) {
  const { resource } = props.answer;
  if (items(resource)) return <Collection {...props} />;
  if (isStatistics(resource)) return <Statistics {...props} />;
  return <Detail {...props} />;
}

interface FollowedProps {
  resource: Resource;
  etag?: string;
  /** The list that the resource is, or is an item of. */
  list?: string;
  trail: string[];
  follow: ViewProps["follow"];
  isNested?: boolean;
}

/** The dialog that the trail leads to, if it leads to one. */
export function Followed({ resource, etag, list, trail, follow, isNested }: FollowedProps) {
  const [relation] = trail;
  if (relation === undefined) return null;
  const close = () => follow([], { isClosing: true });
  const followed = link(resource, relation);
  if (relation === "step-up" && followed) return <StepUpDialog key="step-up" onClose={close} />;
  if (followed && !isSafe(followed)) {
    return (
      <ActionDialog
        key={relation}
        resource={resource}
        etag={etag}
        relation={relation}
        list={list}
        isNested={isNested}
        onClose={close}
      />
    );
  }
  if (opened(resource).includes(relation)) return <StepUpDialog key="step-up" onClose={close} opens />;
  return null;
}
