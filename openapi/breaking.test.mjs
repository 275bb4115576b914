// Changes the document in ways that break clients, and in ways that do not.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { breaking, unnamed } from "./breaking.mjs";

const document = JSON.parse(readFileSync(new URL("openapi.json", import.meta.url), "utf8"));

/** The breaking changes after `change` was applied to the document. */
function after(change) {
  const changed = structuredClone(document);
  change(changed, changed.components.schemas);
  assert.notDeepEqual(changed, document, "the change changes nothing");
  return breaking(document, changed);
}

const operation = (api, id) =>
  Object.values(api.paths)
    .flatMap((item) => Object.values(item))
    .find(({ operationId }) => operationId === id);
const parameter = (api, id, name) => operation(api, id).parameters.find((parameter) => parameter.name === name);

const BREAKING = {
  "an operation is removed": ["delete_user", (api) => delete api.paths["/v1/users/{id}"].delete],
  "a path is removed": ["get_me", (api) => delete api.paths["/v1/me"]],
  "an operation goes by another id": ["get_me", (api) => (operation(api, "get_me").operationId = "whoami")],
  "an operation asks for a token": ["register_user", (api) => (operation(api, "register_user").security = [{ password: [] }])],
  "a status is removed": ["list_users", (api) => delete operation(api, "list_users").responses[200]],
  "an error is removed": ["update_user", (api) => delete operation(api, "update_user").responses[409]],
  "another success is possible": ["delete_user", (api) => (operation(api, "delete_user").responses[202] = { description: "Later" })],
  "a response loses a media type": [
    "get_user",
    (api) => delete operation(api, "get_user").responses[200].content["application/hal+json"],
  ],
  "a response loses a header field": ["get_user", (api) => delete operation(api, "get_user").responses[200].headers.ETag],
  "a response property is removed": ["User", (_, schemas) => delete schemas.User.properties.email],
  "a response property may be missing": ["User", (_, schemas) => schemas.User.required.splice(0, 1)],
  "a response property changes its type": ["User", (_, schemas) => (schemas.User.properties.email_verified.type = "string")],
  "a response property may be null": ["User", (_, schemas) => (schemas.User.properties.username.type = ["string", "null"])],
  "a response property changes its format": ["User", (_, schemas) => delete schemas.User.properties.created_at.format],
  "a response has a value that was not known": ["Status", (_, schemas) => schemas.Status.enum.push("frozen")],
  "items of a response lose a property": ["Session", (_, schemas) => delete schemas.Session.properties.current],
  "a problem loses its code": ["Problem", (_, schemas) => delete schemas.Problem.properties.code],
  "a request field is removed": ["UserChanges", (_, schemas) => delete schemas.UserChanges.properties.email],
  "a new request field is required": [
    "Registration",
    (_, schemas) => {
      schemas.Registration.properties.phone = { type: "string", description: "The number" };
      schemas.Registration.required.push("phone");
    },
  ],
  "a request field changes its type": ["Registration", (_, schemas) => (schemas.Registration.properties.username.type = "integer")],
  "a value of a request is removed": ["Permission", (_, schemas) => schemas.Permission.enum.splice(0, 1)],
  "a length is narrowed": ["Registration", (_, schemas) => (schemas.Registration.properties.username.maxLength = 16)],
  "a limit appears": ["list_users", (api) => (parameter(api, "list_users", "offset").schema.maximum = 1000)],
  "a minimum is raised": ["list_users", (api) => (parameter(api, "list_users", "limit").schema.minimum = 10)],
  "a pattern is another": ["Registration", (_, schemas) => (schemas.Registration.properties.username.pattern = "^[a-z]+$")],
  "a default is another": ["list_users", (api) => (parameter(api, "list_users", "limit").schema.default = 50)],
  "a parameter is removed": ["list_users", (api) => operation(api, "list_users").parameters.shift()],
  "a parameter is required": ["list_users", (api) => (parameter(api, "list_users", "q").required = true)],
  "a new parameter is required": [
    "get_me",
    (api) => (operation(api, "get_me").parameters = [{ name: "as", in: "query", required: true, schema: { type: "string" } }]),
  ],
  "a body is required": [
    "suspend_user",
    (api) =>
      (operation(api, "suspend_user").requestBody = {
        required: true,
        content: { "application/json": { schema: { type: "object" } } },
      }),
  ],
  "a body of another media type": [
    "register_user",
    (api) => {
      const { requestBody } = operation(api, "register_user");
      requestBody.content = { "application/xml": requestBody.content["application/json"] };
    },
  ],
  "a grant is removed": ["Grant", (_, schemas) => schemas.Grant.oneOf.shift()],
  "a keyword that nobody knows": ["User", (_, schemas) => (schemas.User.unevaluatedProperties = false)],
};

const HARMLESS = {
  "an operation is added": (api) => (api.paths["/v1/teams"] = { get: { operationId: "list_teams", responses: {} } }),
  "a method is added": (api) => (api.paths["/v1/me"].patch = { operationId: "update_me", responses: {} }),
  "an optional parameter is added": (api) =>
    operation(api, "list_users").parameters.push({ name: "x", in: "query", schema: { type: "string" } }),
  "an optional request field is added": (_, schemas) => (schemas.Registration.properties.phone = { type: "string" }),
  "a request field need not be sent any more": (_, schemas) => schemas.Registration.required.splice(0, 1),
  "a response property is added": (_, schemas) => {
    schemas.User.properties.locale = { type: "string" };
    schemas.User.required.push("locale");
  },
  "a response property is never null any more": (_, schemas) => (schemas.User.properties.pending_email.type = "string"),
  "a length is widened": (_, schemas) => (schemas.Registration.properties.username.maxLength = 64),
  "a limit is lifted": (api) => delete parameter(api, "list_users", "limit").schema.maximum,
  "a pattern is dropped": (_, schemas) => delete schemas.Registration.properties.username.pattern,
  "an error is added": (api) => (operation(api, "get_me").responses[429] = { description: "Too many" }),
  "a response gains a media type": (api) => {
    const { content } = operation(api, "get_me").responses[200];
    content["application/xml"] = content["application/json"];
  },
  "a response gains a header field": (api) =>
    (operation(api, "get_me").responses[200].headers["X-Request-Id"] = { schema: { type: "string" } }),
  "a token is not needed any more": (api) => (operation(api, "get_me").security = []),
  "a body is optional": (api) => (operation(api, "register_user").requestBody.required = false),
  "another grant is taken": (_, schemas) => {
    schemas.DeviceGrant = { type: "object" };
    schemas.Grant.oneOf.push({ $ref: "#/components/schemas/DeviceGrant" });
  },
  "it is said in other words": (api, schemas) => {
    operation(api, "get_me").description = "You.";
    schemas.User.properties.email.description = "Where mail goes";
    schemas.User.properties.email.example = "grace@example.com";
  },
  "the version is another": (api) => (api.info.version = "9.9.9"),
};

test("a document does not break itself", () => assert.deepEqual(breaking(document, document), []));

for (const [what, [name, change]] of Object.entries(BREAKING)) {
  test(`${what}: it breaks`, () => {
    const found = after(change);
    assert.ok(found.length > 0, "nothing was found");
    assert.ok(found.some((change) => change.name === name), JSON.stringify(found));
  });
}

for (const [what, change] of Object.entries(HARMLESS)) {
  test(`${what}: it does no harm`, () => assert.deepEqual(after(change), []));
}

test("a change must be named by a breaking entry under Unreleased", () => {
  const changes = [{ name: "User", what: "User: email is gone" }];
  const changelog = (unreleased, released = "") => `# Changelog\n\n## [Unreleased]\n\n${unreleased}\n## [0.1.0]\n\n${released}`;
  assert.deepEqual(unnamed(changes, changelog("- **Breaking** `User` has\n  no e-mail\n")), []);
  assert.deepEqual(unnamed(changes, changelog("- `User` has no e-mail\n")), changes);
  assert.deepEqual(unnamed(changes, changelog("- **Breaking** `Users` are others\n")), changes);
  assert.deepEqual(unnamed(changes, changelog("", "- **Breaking** `User` has no e-mail\n")), changes);
  assert.deepEqual(unnamed(changes, "# Changelog\n"), changes);
});
