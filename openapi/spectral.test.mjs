// Violates the rules of spectral.yaml and checks that the lint reports it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import test from "node:test";

const document = JSON.parse(readFileSync(new URL("openapi.json", import.meta.url), "utf8"));

/** The operation that has the id in the unchanged document, under any name in `api`. */
function operation(api, id) {
  for (const [path, item] of Object.entries(document.paths)) {
    const method = Object.keys(item).find((method) => item[method].operationId === id);
    if (method) return api.paths[path][method];
  }
  throw new Error(`no operation is called ${id}`);
}

const without = (id, ...statuses) => (api) => statuses.forEach((status) => delete operation(api, id).responses[status]);

/** For each rule, a violation. Each document gets one violation of each rule. */
const FAULTS = {
  "operation-operationId": (api) => delete operation(api, "get_me").operationId,
  "operation-id-is-snake-case": (api) => (operation(api, "get_jwks").operationId = "getJwks"),
  "operation-is-documented": [
    (api) => delete operation(api, "get_me").summary,
    (api) => delete operation(api, "get_me").description,
    (api) => (operation(api, "get_me").summary = "you"),
  ],
  "operation-tags": (api) => delete operation(api, "get_me").tags,
  "operation-has-one-tag": (api) => operation(api, "get_jwks").tags.push("users"),
  "operation-documents-400-and-503": [without("get_me", 400), without("get_liveness", 503)],
  "operation-documents-401": without("list_users", 401),
  "operation-documents-403": without("get_user", 403),
  "operation-documents-404": without("get_user", 404),
  "operation-documents-406": [without("get_user", 406), without("get_root", 406)],
  "operation-documents-412": without("delete_user", 412),
  "operation-documents-413-and-415": [without("update_user", 413), without("register_user", 415)],
  "error-is-a-problem": (api) => {
    const { content } = operation(api, "suspend_user").responses[409];
    content["text/plain"] = content["application/problem+json"];
  },
  "content-has-an-example": [
    (api) => delete operation(api, "register_user").requestBody.content["application/json"].example,
    (api) => delete operation(api, "get_me").responses[200].content["application/json"].examples,
  ],
  "path-parameter-has-an-example": (api) => delete operation(api, "get_user").parameters.find(({ name }) => name === "id").example,
  "optional-parameter-has-no-example": [
    (api) => (operation(api, "list_users").parameters.find(({ name }) => name === "q").example = "ada"),
    (api) => (operation(api, "update_user").parameters.find(({ name }) => name === "If-Match").example = '"3"'),
    (api) => (operation(api, "list_users").parameters.find(({ name }) => name === "q").schema.example = "ada"),
  ],
  "header-is-described": (api) => delete operation(api, "get_user").responses[200].headers.ETag.description,
  "oas3-parameter-description": (api) => delete operation(api, "get_user").parameters[0].description,
  "schema-is-described": (api) => delete api.components.schemas.User.description,
  "property-is-described": [
    (api) => delete api.components.schemas.User.properties.email.description,
    (api) => delete api.components.schemas.UserPage.properties.total.description,
  ],
};

/** The rules that each of the documents violates, from one run of the lint. */
function broken(documents) {
  const folder = mkdtempSync(join(tmpdir(), "usher-spectral-"));
  try {
    const files = documents.map((document, number) => join(folder, `${number}.json`));
    documents.forEach((document, number) => writeFileSync(files[number], JSON.stringify(document)));
    const here = new URL(".", import.meta.url).pathname;
    const lint = ["lint", "--ruleset", "spectral.yaml", "--format", "json", "--quiet", ...files];
    const { stdout, stderr } = spawnSync("node_modules/.bin/spectral", lint, { cwd: here, maxBuffer: 2 ** 28, encoding: "utf8" });
    assert.ok(stdout, stderr);
    const results = JSON.parse(stdout);
    const of = (number) => results.filter(({ source }) => basename(source) === `${number}.json`);
    return documents.map((_, number) => of(number).map(({ code }) => code));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("each rule finds its violation", () => {
  const faults = Object.entries(FAULTS).map(([rule, changes]) => [rule, [changes].flat()]);
  const documents = [];
  for (const [rule, changes] of faults) {
    changes.forEach((change, number) => {
      const changed = (documents[number] ??= structuredClone(document));
      const before = structuredClone(changed);
      change(changed);
      assert.notDeepEqual(changed, before, `${rule}: ${change} changes nothing`);
    });
  }
  const [asItIs, ...found] = broken([document, ...documents]);
  assert.deepEqual(asItIs, []);
  for (const [rule, changes] of faults) {
    changes.forEach((change, number) => assert.ok(found[number].includes(rule), `${rule} does not find ${change}`));
  }
});
