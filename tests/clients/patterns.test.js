// HAL-FORMS does not define the flags of a `regex`: browsers use `v`, used `u` before, and Ketting uses none.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startService } from "./support.js";

test("the pattern of a field means the same however a client reads it", async (t) => {
  const { entry } = await startService(t);
  const answer = await fetch(entry, { headers: { Accept: "application/prs.hal-forms+json" } });
  const { _templates: forms } = await answer.json();
  const fields = Object.values(forms).flatMap((form) => form.properties);
  const patterns = new Set(fields.map((field) => field.regex).filter(Boolean));
  assert.ok(patterns.size > 1, "usernames and addresses have patterns");
  const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
  const typed = ["", ...ascii, "é", "Ж", "名", "😀"].flatMap((text) => [text, `${text}da`, `a${text}a@b.org`, `a@b${text}.org`]);
  for (const pattern of patterns) {
    const [plain, unicode, sets] = ["", "u", "v"].map((flags) => new RegExp(pattern, flags));
    const taken = typed.filter((text) => plain.test(text));
    assert.ok(taken.length > 0 && taken.length < typed.length, `${pattern} takes some and refuses some`);
    assert.deepEqual(typed.filter((text) => unicode.test(text)), taken, `${pattern} with u`);
    assert.deepEqual(typed.filter((text) => sets.test(text)), taken, `${pattern} with v`);
  }
});
