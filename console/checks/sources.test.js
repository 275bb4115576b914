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

/** The texts in the code, without the files that it imports. */
function strings(text) {
  const found = text.replace(/^(import|export)\b[^;]*? from .*$/gm, "").matchAll(/"[^"\n]*"|'[^'\n]*'|`[^`]*`/g);
  return Array.from(found, ([string]) => string);
}

/** The segments of the API's paths, but for its version. */
const segments = new Set(
  Object.keys(openapi.paths)
    .flatMap((path) => path.split("/"))
    .filter((segment) => /^[\w.-]+$/.test(segment) && segment !== "v1"),
);

/** The segments of paths that the code appends to a path, whatever that begins with. */
function segmentsIn(text) {
  const found = strings(code(text)).flatMap((string) =>
    Array.from(string.matchAll(/\/([\w.-]+)/g), ([, word]) => word),
  );
  return found.filter((word) => segments.has(word));
}

/** The catalogues have names of forms such as `users/create`. */
const CATALOGUES = /^text\/(en|de)\.ts$/;

test("the sources contain no path of the API but its entry", async () => {
  for (const [name, text] of await files(/\.tsx?$/)) {
    const versions = code(text).match(/\bv1\b[^"`']*/g) ?? [];
    assert.deepEqual(versions, name === "api/entry.ts" ? ["v1"] : [], name);
    if (!CATALOGUES.test(name)) assert.deepEqual(segmentsIn(text), [], name);
  }
});

/** What the code does with a role, besides showing it. */
const DECISIONS = [
  /role\w*["'\])]*\s*[!=]==?/i,
  /[!=]==?\s*[\w.]*role\b/i,
  /switch\s*\([^)]*role/i,
  /role\w*["'\])]*\??\.(includes|startsWith|endsWith|match|search|localeCompare)\(/i,
  /\.(includes|has|test|indexOf)\([^)]*\brole\b/i,
  /["']admin["']/,
];

const decisionsIn = (text) => DECISIONS.flatMap((decision) => code(text).match(decision)?.[0] ?? []);

test("the sources contain no permission, and decide nothing by a role", async () => {
  const permissions = openapi.components.schemas.Permission?.enum ?? [];
  assert.ok(permissions.length > 10, "the document lists the permissions");
  for (const [name, text] of await files(/\.tsx?$/)) {
    for (const permission of permissions) assert.ok(!code(text).includes(permission), `${name} has ${permission}`);
    assert.deepEqual(decisionsIn(text), [], name);
  }
});

test("these checks find what they are about", () => {
  const paths = [
    "get(`${href}/sessions`)",
    'go(base + "/api-keys")',
    "fetch('/auth/me?x=1')",
    'open("users/1/suspend#a")',
  ];
  for (const path of paths) assert.equal(segmentsIn(path).length, 1, path);
  const others = [
    'import { x } from "../api/sessions";\nf("a/b", "users", `${x}/${y}`)',
    "// /users\nf();",
    "</users>",
  ];
  for (const other of others) assert.deepEqual(segmentsIn(other), [], other);
  const decisions = [
    'if (user.role === "x")',
    'user["role"] != other',
    "x === user.role",
    "switch (user.role) {",
    'role.startsWith("sup")',
    'user["role"].includes(x)',
    "STAFF.has(user.role)",
    'f("admin")',
  ];
  for (const decision of decisions) assert.ok(decisionsIn(decision).length > 0, decision);
  for (const other of ['role={isBad ? "alert" : "status"}', 'relation === "roles"'])
    assert.deepEqual(decisionsIn(other), [], other);
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
