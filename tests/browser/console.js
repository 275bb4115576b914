// Helpers for the tests of the console.

import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { openPage, post, query, totp } from "./support.js";

export const PASSWORD = "grace-hopper-1906";

/** Makes the service as it was at first, for tests that share it: there is the admin, and nobody is signed in. */
export async function clear(service) {
  query(
    service,
    `DELETE FROM users WHERE username <> 'admin';
     DELETE FROM roles WHERE name NOT IN ('admin', 'user');
     DELETE FROM factors; DELETE FROM recovery_codes; DELETE FROM sessions; DELETE FROM throttles; DELETE FROM outbox;
     UPDATE users SET has_factors = false, has_passkeys = false`,
  );
  const outbox = join(service.dataDir, "outbox");
  for (const name of await readdir(outbox).catch(() => [])) await rm(join(outbox, name));
}

/** Registers a user. */
export async function register(service, username) {
  const user = { username, email: `${username}@example.com`, password: PASSWORD };
  assert.equal((await post(service, "/v1/register", user)).status, 201);
  return user;
}

/** A client of the API as this user: `get(href)` and `send(method, href, body)` return the body, with the status as `code`. */
export async function apiAs({ url }, { username, password }) {
  const body = new URLSearchParams({ grant_type: "password", username, password });
  const answer = await (await fetch(`${url}/v1/oauth/token`, { method: "POST", body })).json();
  assert.ok(answer.access_token, JSON.stringify(answer));
  const send = async (method, href, body) => {
    const headers = { Authorization: `Bearer ${answer.access_token}`, Accept: "application/prs.hal-forms+json" };
    if (body) headers["Content-Type"] = "application/json";
    const response = await fetch(url + href, { method, headers, body: body && JSON.stringify(body) });
    const text = await response.text();
    return { code: response.status, ...(text && JSON.parse(text)) };
  };
  return { send, get: (href) => send("GET", href) };
}

/** The user with this name, as the API shows it. */
export async function userNamed(api, name) {
  return (await api.get(`/v1/users?q=${name}`))._embedded.users[0];
}

/** Makes as if everybody had proved long ago who they are. */
export function makeStale(service) {
  query(service, "UPDATE sessions SET created_at = created_at - interval '1 day', authenticated_at = NULL");
}

/** The console in a browser, where nobody is signed in. */
export async function openConsole(test, service, options = {}, path = "/console/") {
  const page = await openPage(test, service.url, { locale: "en", ...options });
  page.setDefaultTimeout(10_000);
  await page.goto(service.url + path);
  return page;
}

/** Fills in the form to sign in, and sends it. */
export async function signIn(page, { username, password }) {
  await page.locator("[name=username]").fill(username);
  await page.locator("[name=password]").fill(password);
  await page.locator("form[data-rel=token] [type=submit]").click();
}

/** Waits until somebody is signed in. */
export function signedIn(page) {
  return page.locator(".side nav").waitFor();
}

/** Waits until nobody is. */
export function signedOut(page) {
  return page.locator("form[data-rel=token]").waitFor();
}

/** The console in a browser, as this user, at a path. A user with an authenticator app has its `secret`. */
export async function consoleAs(test, service, user, path = "/console/", options = {}) {
  const page = await openConsole(test, service, options, path);
  await signIn(page, user);
  if (user.secret) {
    await page.locator("[name=otp]").fill(totp(user.secret, 1));
    await page.locator("form[data-rel=token] [type=submit]").click();
  }
  await signedIn(page);
  return page;
}

export function control(page, relation) {
  return page.locator(`[data-rel="${relation}"]`);
}

/** Sends the form of the dialog. */
export function submit(page) {
  return page.locator("dialog form [type=submit]").click();
}

/** Waits until the page has loaded what it shows. */
export async function settled(page) {
  await page.locator("main h1, main h2, .sign-in h1").first().waitFor();
  await page.waitForFunction(() => !document.querySelector(".skeleton, [aria-busy=true]"));
}

/** Waits until the heading is this one. */
export function heading(page, name) {
  return page.getByRole("heading", { name, exact: true }).first().waitFor();
}

/** Gives the browser a passkey that verifies its user. */
export async function addAuthenticator(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}
