// Ketting reads HAL-FORMS, caches what it has read, and submits forms with every value that they show.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, bearerAuth } from "ketting";
import { ada, newPassword, startService } from "./support.js";

/** A client that has signed in with the form of the root. */
async function signIn(entry, { username, password }) {
  const client = new Client(entry);
  const root = await client.go().get();
  const { data } = await root.action("token").submit({ username, password });
  client.use(bearerAuth(data.access_token));
  // The response without a token differs from that for a user.
  client.clearCache();
  return client;
}

test("ketting walks from the root and submits the forms that it finds", async (t) => {
  const service = await startService(t);
  const stranger = await new Client(service.entry).go().get();
  assert.equal(stranger.links.has("me"), false);
  await stranger.action("register").submit(ada);

  const client = await signIn(service.entry, ada);
  const me = await client.follow("me").follow("self");
  await (await me.get()).action("update").submit({ username: "countess" });
  assert.equal((await me.get()).data.username, "countess");
  await (await me.get()).action("change-password").submit({ current_password: ada.password, new_password: newPassword });

  const admin = await signIn(service.entry, service.admin);
  const search = await admin.follow("users").follow("search", { q: "countess", limit: 1 });
  const [user] = await search.followAll("users");
  await (await user.get()).action("update").submit({ role: "admin" });
  assert.equal((await user.get()).data.role, "admin");
  await (await user.get()).action("suspend").submit({});
  assert.equal((await user.get()).data.status, "suspended");
  await assert.rejects(me.refresh(), { status: 401 });
  await (await user.get()).action("reactivate").submit({});
  assert.equal((await user.get()).data.status, "active");

  const again = await signIn(service.entry, { username: "countess", password: newPassword });
  const myself = await again.follow("me");
  await (await myself.get()).action("delete").submit({});
  assert.equal((await search.refresh()).data.total, 0);
});
