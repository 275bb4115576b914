// Fails if openapi.json breaks clients of released.json, the document of the last release, and the changelog does not say so.

import { readFileSync } from "node:fs";
import { breaking, unnamed } from "./breaking.mjs";

const read = (name) => readFileSync(new URL(name, import.meta.url), "utf8");

const changes = unnamed(breaking(JSON.parse(read("released.json")), JSON.parse(read("openapi.json"))), read("../CHANGELOG.md"));
for (const { name, what } of changes) {
  console.error(`${name}: ${what}`);
}
if (changes.length) {
  console.error("This breaks clients. Revert it, or name it in CHANGELOG.md under Unreleased: - **Breaking** `name`: …");
  process.exitCode = 1;
}
