// The button of a link that leads to a file.

import { useState } from "preact/hooks";
import { get } from "../api/client";
import { describe } from "../api/problem";
import { notify } from "../notices";
import { relationText } from "../text/text";
import { save } from "./file_view";

export function FileButton({ relation, href }: { relation: string; href: string }) {
  const [isLoading, setLoading] = useState(false);
  const load = async () => {
    setLoading(true);
    try {
      const { file } = await get(href);
      if (file) save(file);
    } catch (error) {
      notify(describe(error), "bad");
    } finally {
      setLoading(false);
    }
  };
  return (
    <button type="button" class="button" data-rel={relation} aria-busy={isLoading} disabled={isLoading} onClick={load}>
      {relationText(relation)}
    </button>
  );
}
