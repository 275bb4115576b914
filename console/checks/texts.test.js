// The catalogues: every text in every language, with the same placeholders, and none that is not used.

import assert from "node:assert/strict";
import { build } from "esbuild";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";

const sources = new URL("../src/", import.meta.url);
const [en, de] = await Promise.all(["en", "de"].map(load));

async function load(language) {
  const built = await build({
    entryPoints: [new URL(`text/${language}.ts`, sources).pathname],
    bundle: true,
    format: "esm",
    write: false,
  });
  return import(`data:text/javascript,${encodeURIComponent(built.outputFiles[0].text)}`);
}

const placeholders = (text) => (text.match(/\{\w+\}/g) ?? []).sort();

test("messages are the same in each language, with the same placeholders", () => {
  assert.deepEqual(Object.keys(de.messages), Object.keys(en.messages));
  for (const [key, text] of Object.entries(en.messages)) {
    assert.deepEqual(placeholders(de.messages[key]), placeholders(text), key);
  }
});

test("what has a name in English has one in German", () => {
  for (const [kind, names] of Object.entries(en.names)) {
    for (const name of Object.keys(names)) assert.ok(name in de.names[kind], `${kind}: ${name}`);
  }
});

test("every message is used", async () => {
  const names = (await readdir(sources, { recursive: true })).filter(
    (name) => /\.tsx?$/.test(name) && !/text\/(en|de)\.ts/.test(name),
  );
  const text = (await Promise.all(names.map((name) => readFile(new URL(name, sources), "utf8")))).join("");
  const unused = Object.keys(en.messages).filter((key) => !text.includes(`"${key}"`));
  assert.deepEqual(unused, []);
});

test("no text repeats a number of the API, which would go wrong when the API changes", () => {
  for (const { messages, names } of [en, de]) {
    const texts = [messages, ...Object.values(names)].flatMap((all) => Object.entries(all));
    for (const [name, text] of texts) assert.doesNotMatch(text, /\d/, name);
  }
});

test("what is called `_at` is a time, as forms take it for one", async () => {
  const openapi = JSON.parse(await readFile(new URL("../../openapi/openapi.json", import.meta.url), "utf8"));
  for (const [name, { properties = {} }] of Object.entries(openapi.components.schemas)) {
    for (const [member, { format }] of Object.entries(properties))
      if (member.endsWith("_at")) assert.equal(format, "date-time", `${name}: ${member}`);
  }
});

test("every error and every value that the service documents has a text in German", async () => {
  const page = await readFile(new URL("../../docs/reference/errors.md", import.meta.url), "utf8");
  const [, problems, faults] = page.split(/^## (?:Problem codes|Input faults|OAuth errors)$/m);
  const codes = (part, row) =>
    Array.from(part.matchAll(row), ([, cell]) => Array.from(cell.matchAll(/`(\w+)`/g), ([, code]) => code)).flat();
  for (const code of codes(problems, /^\| \d+ \| (`\w+`) \|/gm)) assert.ok(code in de.names.problems, code);
  const known = codes(faults, /^\| (`[^|]+) \|/gm);
  assert.ok(known.includes("too_weak"));
  for (const code of known) assert.ok(code in de.names.faults, code);

  const openapi = JSON.parse(await readFile(new URL("../../openapi/openapi.json", import.meta.url), "utf8"));
  const { AuditAction, Permission, Status, AuditOutcome } = openapi.components.schemas;
  for (const value of [...AuditAction.examples, ...Status.enum, ...AuditOutcome.enum])
    assert.ok(value in de.names.values, value);
  for (const member of Object.keys(openapi.components.schemas.DayCounts.properties))
    assert.ok(member in de.names.members, member);
  for (const permission of Permission.enum) {
    const [group, action] = permission.split(".");
    assert.ok(group in de.names.lists && action in de.names.choices, permission);
  }
});
