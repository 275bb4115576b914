// Traverson follows the links of HAL and does not support forms: the test passes body and method.

import assert from "node:assert/strict";
import { test } from "node:test";
import util from "node:util";
import traverson from "traverson";
import HalAdapter from "traverson-hal";
import { ada, newPassword, startService } from "./support.js";

// Traverson 8 needs this; Node 23 has removed it.
util.isArray ??= Array.isArray;
traverson.registerMediaType(HalAdapter.mediaType, HalAdapter);

/** Follows `relations` from the entry, as the user of the token. */
function walk(entry, token, relations, parameters = {}) {
  return traverson
    .from(entry)
    .jsonHal()
    .withRequestOptions(token ? { headers: { Authorization: `Bearer ${token}` } } : {})
    .withTemplateParameters(parameters)
    .follow(...relations);
}

/** The result of an action at the end of a walk. */
async function done(walk, action, ...body) {
  const response = await util.promisify(walk[action]).call(walk, ...body);
  assert.ok(response.statusCode < 300, `${response.statusCode}: ${response.body}`);
  return response.body ? JSON.parse(response.body) : undefined;
}

/** Signs in, and returns a function that walks as this user. */
async function signIn(entry, { username, password }) {
  const form = { grant_type: "password", username, password };
  const token = await done(walk(entry, null, ["token"]).withRequestOptions({ form }), "post", undefined);
  return (relations, parameters) => walk(entry, token.access_token, relations, parameters);
}

test("traverson walks from the root and finds what it needs", async (t) => {
  const { entry, admin } = await startService(t);
  await done(walk(entry, null, ["register"]), "post", ada);

  const asAda = await signIn(entry, ada);
  assert.equal((await done(asAda(["me"]), "get")).username, "ada");
  assert.equal((await done(asAda(["me", "update"]), "patch", { username: "countess" })).username, "countess");
  const passwords = { current_password: ada.password, new_password: newPassword };
  await done(asAda(["me", "change-password"]), "put", passwords);

  const asAdmin = await signIn(entry, admin);
  const user = (...relations) => asAdmin(["users", "search", "users[0]", ...relations], { q: "countess" });
  assert.equal((await done(user("update"), "patch", { role: "admin" })).role, "admin");
  assert.equal((await done(user("suspend"), "post", {})).status, "suspended");
  await assert.rejects(done(asAda(["me"]), "get"), { httpStatus: 401 });
  assert.equal((await done(user("reactivate"), "post", undefined)).status, "active");
  assert.equal((await done(user("sessions"), "get")).total, 0);

  const asCountess = await signIn(entry, { username: "countess", password: newPassword });
  await done(asCountess(["me", "delete"]), "delete");
  const found = await done(asAdmin(["users", "search"], { q: "countess" }), "get");
  assert.equal(found.total, 0);
});
