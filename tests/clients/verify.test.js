// The code of docs/integrating/verifying-tokens.md, run unchanged: it accepts access tokens of the service, and no others.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";
import * as service from "../service.mjs";
import { ada } from "./support.js";

const here = (name) => new URL(name, import.meta.url).pathname;
const page = await readFile(here("../../docs/integrating/verifying-tokens.md"), "utf8");

/** The only block in that language, about the service at `url`. */
function block(language, url) {
  const blocks = [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter(([, of]) => of === language);
  assert.equal(blocks.length, 1, language);
  assert.ok(blocks[0][2].includes("https://id.example.com"));
  return blocks[0][2].replaceAll("https://id.example.com", url);
}

/** A token, and texts that must be refused. */
async function tokens(url) {
  const registered = await fetch(`${url}/v1/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(ada),
  });
  const { id } = await registered.json();
  const body = new URLSearchParams({ grant_type: "password", username: ada.username, password: ada.password });
  const { access_token: token } = await (await fetch(`${url}/v1/oauth/token`, { method: "POST", body })).json();
  const [header, claims, signature] = token.split(".");
  const changed = (part, change) =>
    Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(part, "base64url")), ...change })).toString("base64url");
  const refused = [
    `${changed(header, { typ: "JWT" })}.${claims}.${signature}`,
    `${changed(header, { alg: "none" })}.${claims}.`,
    `${header}.${changed(claims, { sub: "somebody-else" })}.${signature}`,
  ];
  return { id, token, refused };
}

test("jose verifies access tokens with the code of the guide", async (t) => {
  const { url } = await service.startService(t);
  const { id, token, refused } = await tokens(url);
  // Beside the packages, so that the import finds them.
  const file = here(`.verify-${process.pid}.mjs`);
  await writeFile(file, block("js", url));
  t.after(() => rm(file));
  const { verify } = await import(file);
  assert.equal((await verify(token)).sub, id);
  for (const other of refused) await assert.rejects(verify(other));
});

test("PyJWT verifies access tokens with the code of the guide", async (t) => {
  const { url } = await service.startService(t);
  const { id, token, refused } = await tokens(url);
  const script = `${block("python", url)}
import sys
print(verify(sys.argv[1])["sub"])
for other in sys.argv[2:]:
    try:
        verify(other)
        print("taken", other)
    except jwt.PyJWTError:
        pass
`;
  const { stdout } = await promisify(execFile)(here(".venv/bin/python"), ["-c", script, token, ...refused]);
  assert.equal(stdout.trim(), id);
});
