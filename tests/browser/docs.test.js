// The page at /docs, as a person uses it.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startService } from "../service.mjs";
import { closeBrowser, enrolTotp, openPage, startProxy, token } from "./support.js";

after(closeBrowser);

/** Enters a name and a password after pressing the Authorize button. */
async function offer(page, { username, password }) {
  await page.locator(".scheme-container .btn.authorize").click();
  const dialog = page.locator(".dialog-ux");
  await dialog.locator("#oauth_username").fill(username);
  await dialog.locator("#oauth_password").fill(password);
  await dialog.locator(".auth-container").filter({ has: page.locator("#oauth_username") }).locator("button.authorize").click();
  return dialog;
}

async function authorize(page, account, client) {
  const dialog = await offer(page, account);
  await dialog.getByRole("button", { name: "Remove authorization" }).waitFor();
  if (client) {
    await dialog.locator("#auth-basic-username").fill(client.id);
    await dialog.locator("#auth-basic-password").fill(client.secret);
    const scheme = dialog.locator(".auth-container").filter({ has: page.locator("#auth-basic-username") });
    await scheme.getByRole("button", { name: "Apply credentials" }).click();
  }
  await dialog.locator(".close-modal").click();
}

/** Executes an operation unchanged, and returns the status and the response. */
async function execute(page, id) {
  const block = page.locator(`.opblock[id$="-${id}"]`);
  const summary = block.locator(".opblock-summary-control");
  if ((await summary.getAttribute("aria-expanded")) === "false") await summary.click();
  // An earlier response would be taken for this one.
  const clear = block.locator("button.btn-clear");
  if (await clear.count()) await clear.click();
  await block.locator("button.execute").click();
  const answer = block.locator(".live-responses-table tbody tr.response").first();
  await answer.waitFor();
  const status = Number.parseInt(await answer.locator(".response-col_status").innerText(), 10);
  const text = await answer.innerText();
  await summary.click();
  return { status, text };
}

test("a person in a browser signs in with the Authorize button, calls an operation, and stays signed in", async (t) => {
  const service = await startService(t);
  const page = await openPage(t, service.url);
  await page.goto(`${service.url}/docs`);
  assert.equal(page.url(), `${service.url}/docs/`);
  assert.equal((await execute(page, "get_me")).status, 401);
  await authorize(page, service.admin);
  const me = await execute(page, "get_me");
  assert.equal(me.status, 200);
  assert.match(me.text, /"username": "admin"/);
  await page.reload();
  assert.equal((await execute(page, "list_users")).status, 200);
});

test("a wrong password is reported on the page", async (t) => {
  const service = await startService(t);
  const page = await openPage(t, service.url);
  await page.goto(`${service.url}/docs`);
  const dialog = await offer(page, { username: "admin", password: "not-the-password" });
  await dialog.locator(".errors").getByText("The credentials are invalid.").waitFor();
});

test("everything works behind a proxy that strips a prefix", async (t) => {
  let target;
  const origin = await startProxy(t, { "/auth": () => target });
  const service = await startService(t, { USHER_PUBLIC_URL: `${origin}/auth` });
  target = service.url;
  const page = await openPage(t, origin);
  await page.goto(`${origin}/auth/docs`);
  assert.equal(page.url(), `${origin}/auth/docs/`);
  await authorize(page, service.admin);
  assert.equal((await execute(page, "get_me")).status, 200);
});

test("a user with a second factor is told that a password is not enough, and enters a token under bearer", async (t) => {
  const service = await startService(t);
  const { recoveryCode } = await enrolTotp(service);
  const page = await openPage(t, service.url);
  await page.goto(`${service.url}/docs/`);
  const dialog = await offer(page, service.admin);
  await dialog.locator(".errors").getByText("A second factor is required.").waitFor();
  await dialog.locator(".close-modal").click();
  assert.equal((await execute(page, "get_me")).status, 401);

  const first = await token(service, { grant_type: "password", ...service.admin });
  const proof = { mfa_token: first.mfa_token, recovery_code: recoveryCode };
  const { access_token } = await token(service, { grant_type: "urn:usher:grant:mfa", ...proof });
  await page.locator(".scheme-container .btn.authorize").click();
  const scheme = dialog.locator(".auth-container").filter({ has: page.getByText("bearer (http, Bearer)") });
  await scheme.locator("input").fill(access_token);
  await scheme.locator("button.authorize").click();
  await scheme.getByRole("button", { name: "Remove authorization" }).waitFor();
  await dialog.locator(".close-modal").click();
  const me = await execute(page, "get_me");
  assert.equal(me.status, 200);
  assert.match(me.text, /"username": "admin"/);
});

/** What the answer to an unchanged example contains, where another answer would also be one that the document describes. */
const FOUND = { list_users: /"username": "admin"/, create_role: /"name": "support"/, get_role: /"name": "support"/ };

test("every example runs unchanged and gets a response that the document describes", async (t) => {
  // A browser would ask its user for a missing credential, so there must be one.
  const client = { id: "shop", secret: "a-secret-of-more-than-thirty-two-bytes" };
  const service = await startService(t, { USHER_INTROSPECTION_CLIENTS: `${client.id}:${client.secret}` });
  const document = await (await fetch(`${service.url}/openapi.json`)).json();
  const page = await openPage(t, service.url);
  await page.goto(`${service.url}/docs/`);
  await authorize(page, service.admin, client);
  for (const operations of Object.values(document.paths)) {
    for (const { operationId, responses } of Object.values(operations)) {
      const { status, text } = await execute(page, operationId);
      // A browser follows a 303 by itself.
      const expected = "303" in responses ? [...Object.keys(responses), "200"] : Object.keys(responses);
      assert.ok(expected.includes(String(status)), `${operationId} answers ${status}, not one of ${expected}`);
      assert.notEqual(status, 503, operationId);
      assert.match(text, FOUND[operationId] ?? /^/, operationId);
    }
  }
});
