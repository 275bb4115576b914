// A file to save.

import { Empty } from "../parts/empty";
import { t } from "../text/text";

export interface NamedFile {
  name: string;
  content: Blob;
}

/** How long the browser has to read the content, in milliseconds: some begin after the click has been handled. */
const KEPT_FOR = 60_000;

export function save({ name, content }: NamedFile): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_FOR);
}

export function FileView({ file }: { file: NamedFile }) {
  return (
    <Empty>
      <h1 tabIndex={-1}>{file.name}</h1>
      <button type="button" class="button primary" onClick={() => save(file)}>
        {t("resource.save_file")}
      </button>
    </Empty>
  );
}
