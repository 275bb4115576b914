// A link to a place of the console.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { addressOf, go, type Place } from "./place";

interface Props {
  to: Place;
  relation?: string;
  class?: string;
  isCurrent?: boolean;
  /** What the link is called, if its text does not say it. */
  label?: string;
  children: ComponentChildren;
}

export function PlaceLink({ to, relation, class: className, isCurrent, label, children }: Props) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  const link = useRef<HTMLAnchorElement>(null);
  // The current link may be outside a row that is scrolled.
  useEffect(() => {
    if (isCurrent) link.current?.scrollIntoView?.({ block: "nearest", inline: "nearest" });
  }, [isCurrent]);
  return (
    <a
      ref={link}
      href={addressOf(to)}
      data-rel={relation}
      class={className}
      aria-current={isCurrent ? "page" : undefined}
      aria-label={label}
      onClick={follow}
    >
      {children}
    </a>
  );
}
