// A button that copies a text.

import { useState } from "preact/hooks";
import { t } from "../text/text";
import { Icon } from "./icon";

const SHOWN_FOR = 2000;

export function CopyButton({ text, name }: { text: string; name: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
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
