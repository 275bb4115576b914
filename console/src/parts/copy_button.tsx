// A button that copies a text.

import { useState } from "preact/hooks";
import { notify } from "../notices";
import { t } from "../text/text";
import { Icon } from "./icon";

const SHOWN_FOR = 2000;

export function CopyButton({ text, name }: { text: string; name: string }) {
  const [isCopied, setCopied] = useState(false);
  // Browsers allow it only in secure contexts.
  if (!("clipboard" in navigator)) return null;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      return notify(t("copy.failed"), "bad");
    }
    setCopied(true);
    setTimeout(() => setCopied(false), SHOWN_FOR);
  };
  const title = isCopied ? t("copy.copied") : t("copy.copy");
  return (
    <button type="button" class="button quiet icon small" title={title} aria-label={`${title}: ${name}`} onClick={copy}>
      <Icon name={isCopied ? "check" : "copy"} />
    </button>
  );
}
