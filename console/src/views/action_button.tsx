// The button of a link that changes something.

import { Icon } from "../parts/icon";
import { relationText, t } from "../text/text";
import type { Action } from "./relations";

interface Props {
  action: Action;
  isPrimary?: boolean;
  isSmall?: boolean;
  /** The list that it is done with, or with an item of. */
  list?: string;
  /** What it is done with, for those who do not see where the button stands. */
  about?: string;
  onPress: () => void;
}

export function ActionButton({
  action: { relation, isDanger, isLocked },
  isPrimary,
  isSmall,
  list,
  about,
  onPress,
}: Props) {
  const look = [
    isPrimary && !isLocked && "primary",
    isDanger && "danger-quiet",
    isLocked && "locked",
    isSmall && "small",
  ];
  const text = relationText(relation, list);
  return (
    <button
      type="button"
      class={["button", ...look].filter(Boolean).join(" ")}
      data-rel={relation}
      title={isLocked ? t("step_up.title") : undefined}
      aria-label={about ? `${text}: ${about}` : undefined}
      onClick={onPress}
    >
      {isLocked && <Icon name="lock" />}
      {text}
    </button>
  );
}
