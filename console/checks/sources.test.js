// What the sources of the console may not know: paths of the API other than its entry, roles, and permissions.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";

const sources = new URL("../src/", import.meta.url);
const openapi = JSON.parse(await readFile(new URL("../../openapi/openapi.json", import.meta.url), "utf8"));

async function files(ending) {
  const names = await readdir(sources, { recursive: true });
  const found = names.filter((name) => ending.test(name));
  return Promise.all(found.map(async (name) => [name, await readFile(new URL(name, sources), "utf8")]));
}

/** The text without comments. */
function code(text) {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}

test("the sources contain no path of the API but its entry", async () => {
  for (const [name, text] of await files(/\.tsx?$/)) {
    const paths = code(text).match(/\bv1\b[^"`']*/g) ?? [];
    assert.deepEqual(paths, name === "api/entry.ts" ? ["v1"] : [], name);
    for (const path of Object.keys(openapi.paths)) {
      const tail = path.replace(/^\/v1/, "");
      if (tail) assert.ok(!code(text).includes(`"${tail}`) && !code(text).includes(`\`${tail}`), `${name} has ${tail}`);
    }
  }
});

test("the sources contain no permission, and compare no role", async () => {
  const permissions = openapi.components.schemas.Permission?.enum ?? [];
  assert.ok(permissions.length > 10, "the document lists the permissions");
  for (const [name, text] of await files(/\.tsx?$/)) {
    for (const permission of permissions) assert.ok(!code(text).includes(permission), `${name} has ${permission}`);
    assert.doesNotMatch(code(text), /["']admin["']/, name);
    assert.doesNotMatch(code(text), /role\w*\s*[!=]==?/, name);
  }
});

test("no element has a style or a script of its own, and no text becomes HTML", async () => {
  for (const [name, text] of await files(/\.(tsx?|html)$/)) {
    assert.doesNotMatch(code(text), /\sstyle=|<style|innerHTML|dangerouslySetInnerHTML|\beval\(|new Function/, name);
  }
});

test("nothing is stored in the browser", async () => {
  for (const [name, text] of await files(/\.tsx?$/)) {
    assert.doesNotMatch(code(text), /localStorage|sessionStorage|indexedDB|document\.cookie/, name);
  }
});

test("colours are in one file", async () => {
  for (const [name, text] of await files(/\.css$/)) {
    if (name === "style/tokens.css") continue;
    assert.deepEqual(
      code(text).match(/#[0-9a-f]{3,8}\b|\brgb\(/gi) ?? [],
      name === "style/dialog.css" ? ["#fff"] : [],
      name,
    );
  }
});
