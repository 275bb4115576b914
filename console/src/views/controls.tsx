// The controls of a resource: buttons for what can be done with it and for its files, and links to other resources.

import type { Link, Resource } from "../api/hal";
import { PlaceLink } from "../navigation/place_link";
import { relationText, t } from "../text/text";
import { ActionButton } from "./action_button";
import { FileButton } from "./file_button";
import { actions, files, type Action } from "./relations";

interface Props {
  resource: Resource;
  /** The list that the resource is, or is an item of. */
  list?: string;
  /** What the resource is called, for those who do not see where the controls stand. */
  about?: string;
  isSmall?: boolean;
  /** Whether the button of an action stands out; it is the n-th. */
  isPrimary?: (action: Action, n: number) => boolean;
  /** The links to other resources, if they are not shown as tabs. */
  linked?: [string, Link][];
  follow: (relation: string) => void;
}

export function Controls({ resource, list, about, isSmall, isPrimary, linked = [], follow }: Props) {
  const [offered, saved] = [actions(resource), files(resource)];
  if (offered.length + saved.length + linked.length === 0) return null;
  return (
    <div class="actions" role="group" aria-label={t("resource.actions")}>
      {offered.map((action, n) => (
        <ActionButton
          key={action.relation}
          action={action}
          isPrimary={isPrimary?.(action, n)}
          isSmall={isSmall}
          list={list}
          about={about}
          onPress={() => follow(action.relation)}
        />
      ))}
      {linked.map(([relation, { href }]) => (
        <PlaceLink
          key={relation}
          to={{ href, trail: [] }}
          relation={relation}
          class={isSmall ? "button small" : "button"}
          label={about && `${relationText(relation, list)}: ${about}`}
        >
          {relationText(relation, list)}
        </PlaceLink>
      ))}
      {saved.map(([relation, { href }]) => (
        <FileButton key={relation} relation={relation} href={href} isSmall={isSmall} list={list} about={about} />
      ))}
    </div>
  );
}
