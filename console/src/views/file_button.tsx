// The button of a link that leads to a file.

import { useState } from "preact/hooks";
import { get } from "../api/client";
import { describe } from "../api/problem";
import { go } from "../navigation/place";
import { notify } from "../notices";
import { relationText } from "../text/text";
import { save } from "./file_view";

interface Props {
  relation: string;
  href: string;
  isSmall?: boolean;
  list?: string;
  /** What the file is about, for those who do not see where the button stands. */
  about?: string;
}

export function FileButton({ relation, href, isSmall, list, about }: Props) {
  const [isLoading, setLoading] = useState(false);
  const load = async () => {
    setLoading(true);
    try {
      const { file } = await get(href);
      if (file) save(file);
      else go({ href, trail: [] });
    } catch (error) {
      notify(describe(error), "bad");
    } finally {
      setLoading(false);
    }
  };
  const text = relationText(relation, list);
  return (
    <button
      type="button"
      class={isSmall ? "button small" : "button"}
      data-rel={relation}
      aria-label={about && `${text}: ${about}`}
      aria-busy={isLoading}
      disabled={isLoading}
      onClick={load}
    >
      {text}
    </button>
  );
}
