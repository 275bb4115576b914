// Builds the files that the service embeds: one script, one stylesheet, and the page that loads them. The same sources always give
// the same bytes.

import { build } from "esbuild";
import { copyFile, mkdir, readFile, stat } from "node:fs/promises";

/** Bytes of the script, the stylesheet and the page together. */
const LIMIT = 150_000;

const out = process.argv[2] ?? "dist";
const absWorkingDir = import.meta.dirname;
const shared = { absWorkingDir, bundle: true, minify: true, charset: "utf8", logLevel: "warning" };

/** The script contains Preact, whose licence has to go with it. */
const licence = await readFile(new URL("node_modules/preact/LICENSE", import.meta.url), "utf8");

await mkdir(new URL(`${out}/`, import.meta.url), { recursive: true });
await build({
  ...shared,
  entryPoints: ["src/main.tsx"],
  outfile: `${out}/console.js`,
  format: "esm",
  banner: { js: `/*! Contains Preact.\n${licence.trim()}\n*/` },
  target: ["chrome122", "firefox125", "safari17.4"],
});
await build({ ...shared, entryPoints: ["src/style/console.css"], outfile: `${out}/console.css` });
await copyFile(new URL("src/console.html", import.meta.url), new URL(`${out}/console.html`, import.meta.url));

const files = ["console.js", "console.css", "console.html"];
const sizes = await Promise.all(
  files.map(async (file) => (await stat(new URL(`${out}/${file}`, import.meta.url))).size),
);
const total = sizes.reduce((sum, size) => sum + size, 0);
console.log(files.map((file, n) => `${file} ${sizes[n]} bytes`).join(", "));
if (total > LIMIT) throw new Error(`the console has ${total} bytes, more than ${LIMIT}`);
