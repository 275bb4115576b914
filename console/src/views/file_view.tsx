// A file to save.

import { Empty } from "../parts/empty";
import { t } from "../text/text";

export interface NamedFile {
  name: string;
  content: Blob;
}

export function save({ name, content }: NamedFile): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
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
