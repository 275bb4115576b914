// Signing in to the console and out of it, and the browser session.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { startService } from "../service.mjs";
import {
  addAuthenticator,
  apiAs,
  clear,
  consoleAs,
  control,
  heading,
  openConsole,
  PASSWORD,
  register,
  settled,
  signedIn,
  signedOut,
  signIn,
  submit,
  userNamed,
} from "./console.js";
import { closeBrowser, enrolTotp, mailTo, query, startProxy, totp } from "./support.js";

const service = await startService({ after });
beforeEach(() => clear(service));
after(closeBrowser);

/** Another tab of the same browser, with the same page, as soon as it is shown. */
async function openTab(page) {
  const [tab] = await Promise.all([page.waitForEvent("popup"), page.evaluate(() => void open(location.href))]);
  await signedIn(tab);
  return tab;
}

/** Answers these requests with 503 so many times, and then lets them through. */
async function refuse(page, url, times) {
  let refusals = times;
  await page.route(url, (route) => {
    if (refusals-- <= 0) return route.continue();
    const problem = { type: "about:blank", title: "Service Unavailable", status: 503, code: "unavailable", detail: "Busy." };
    return route.fulfill({ status: 503, headers: { "Retry-After": "1" }, contentType: "application/problem+json", json: problem });
  });
}

test("a new user registers, and is signed in", async (t) => {
  const page = await openConsole(t, service);
  await control(page, "register").click();
  await page.locator("[name=username]").fill("ada");
  await page.locator("[name=email]").fill("ada@example.com");
  await page.locator("[name=password]").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await signedIn(page);
  await heading(page, "ada");
});

test("a browser that opens the service is led to the console", async (t) => {
  const page = await openConsole(t, service, {}, "/");
  await signedOut(page);
  assert.equal(page.url(), `${service.url}/console/`);
});

test("where registration is closed, it is not offered", async (t) => {
  const service = await startService(t, { USHER_REGISTRATION: "closed" });
  const page = await openConsole(t, service, {}, "/console/#register");
  await signedOut(page);
  assert.equal(await control(page, "register").count(), 0);
});

test("a new user who has to confirm the address first reads so", async (t) => {
  const service = await startService(t, { USHER_REQUIRE_VERIFIED_EMAIL: "on" });
  const page = await openConsole(t, service, {}, "/console/#register");
  await page.locator("[name=username]").fill("ada");
  await page.locator("[name=email]").fill("ada@example.com");
  await page.locator("[name=password]").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByText("Confirm your e-mail address with the link that we have mailed you").waitFor();
  await signedOut(page);
});

test("a wrong password is refused, a right one leads to where one wanted to go", async (t) => {
  const page = await openConsole(t, service, {}, "/console/v1/users?status=active");
  await signIn(page, { ...service.admin, password: "wrong" });
  await page.getByRole("alert").filter({ hasText: "The name or the password is wrong" }).waitFor();
  await signIn(page, service.admin);
  await signedIn(page);
  await heading(page, "Users");
  assert.equal(page.url(), `${service.url}/console/v1/users?status=active`);
});

test("a forgotten password is replaced by a mailed link", async (t) => {
  const ada = await register(service, "ada");
  const page = await openConsole(t, service);
  await control(page, "request-password-reset").click();
  await page.locator("[name=email]").fill(ada.email);
  await page.keyboard.press("Enter");
  await page.getByText("If an account has this address, we will send it a link.").waitFor();
  await mailTo(service, ada.email, "Choose a new password");
});

test("a second factor is asked for after the password, and any of them will do", async (t) => {
  const ada = await register(service, "ada");
  const page = await openConsole(t, service);
  await addAuthenticator(page);
  await signIn(page, ada);
  await signedIn(page);

  await control(page, "factors").click();
  await control(page, "enrol-totp").click();
  await page.locator("[name=name]").fill("Phone");
  await submit(page);
  const qr = page.getByAltText("QR code for an authenticator app");
  await qr.waitFor();
  assert.ok(await qr.evaluate((image) => image.complete && image.naturalWidth > 0), "the picture is drawn");
  const secret = await page.locator(".secret-text").textContent();
  await page.locator("[name=code]").fill(totp(secret));
  await submit(page);
  const codes = page.locator(".codes code");
  await codes.first().waitFor();
  assert.equal(await codes.count(), 10);
  const code = await codes.first().textContent();
  await page.locator("dialog .primary").click();
  await control(page, "passkey-options").click();
  await submit(page);
  await page.locator("dialog [name=name]").fill("Laptop");
  await submit(page);
  await page.getByRole("cell", { name: "Laptop", exact: true }).waitFor();

  const signOut = async () => {
    await page.getByRole("button", { name: "Sign out" }).click();
    await signedOut(page);
  };
  await signOut();
  await signIn(page, ada);
  await page.locator("[name=otp]").fill("000000");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").filter({ hasText: "This code is wrong or has already been used." }).waitFor();
  await page.locator("[name=otp]").fill(totp(secret, 1));
  await page.keyboard.press("Enter");
  await signedIn(page);
  await signOut();

  await signIn(page, ada);
  await page.locator("[name=otp]").fill("000000");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  await page.getByRole("button", { name: "Use a recovery code" }).click();
  await page.getByRole("alert").waitFor({ state: "detached" });
  await page.locator("[name=recovery_code]").fill(code.toUpperCase());
  await page.keyboard.press("Enter");
  await signedIn(page);
  await signOut();

  await signIn(page, ada);
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await signedIn(page);
  await signOut();

  await control(page, "sign-in-with-passkey").click();
  await signedIn(page);
});

test("signing out ends the session on the server, in all tabs", async (t) => {
  const ada = await register(service, "ada");
  const page = await consoleAs(t, service, ada);
  const other = await openTab(page);
  const [cookie] = await page.context().cookies();
  const ended = page.waitForRequest((request) => request.method() === "DELETE");
  await page.getByRole("button", { name: "Sign out" }).click();
  assert.match((await ended).headers()["authorization"], /^Bearer ./, "the session of the token ends too");
  await signedOut(page);
  await signedOut(other);
  assert.deepEqual(await page.context().cookies(), []);

  await page.context().addCookies([cookie]);
  await page.reload();
  await signedOut(page);
});

test("tabs that continue the session at the same time stay signed in", async (t) => {
  const service = await startService(t, { USHER_ACCESS_TOKEN_TTL: "31s" });
  const ada = await register(service, "ada");
  const page = await consoleAs(t, service, ada);
  const tabs = [page];
  for (let n = 0; n < 3; n++) tabs.push(await openTab(page));
  for (let round = 0; round < 3; round++) {
    await Promise.all(tabs.map((tab) => tab.goto(`${service.url}/console/`)));
    await Promise.all(tabs.map(signedIn));
  }
  const [first, ...others] = tabs;
  for (const tab of others) await tab.evaluate(() => (window.isSame = true));
  await first.reload();
  await signedIn(first);
  for (const tab of others) {
    await control(tab, "sessions").click();
    await heading(tab, "Sessions");
    assert.equal(await tab.evaluate(() => window.isSame), true, "a session that is continued loads no other tab again");
  }
});

test("two services on one host leave the tabs of the other alone", async (t) => {
  const targets = {};
  const origin = await startProxy(t, { "/a": () => targets.a, "/b": () => targets.b });
  const start = async (name) => {
    const service = await startService(t, { USHER_PUBLIC_URL: `${origin}/${name}` });
    targets[name] = service.url;
    return service;
  };
  const [a, b] = await Promise.all(["a", "b"].map(start));
  const page = await openConsole(t, { url: origin }, {}, "/a/console/#register");
  await page.locator("[name=username]").fill("ada");
  const [other] = await Promise.all([page.waitForEvent("popup"), page.evaluate(() => void open("/b/console/"))]);
  await signIn(other, b.admin);
  await signedIn(other);
  await settled(other);
  assert.equal(await page.locator("[name=username]").inputValue(), "ada", "the form is not loaded again");

  // While one of them does not answer, the tabs of the other do not wait.
  await page.route("**/a/console/token", () => {});
  const asked = page.waitForRequest("**/a/console/token");
  await page.goto(`${origin}/a/console/`);
  await asked;
  await other.reload();
  await signedIn(other);
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.goto(`${origin}/a/console/`);
  await signIn(page, a.admin);
  await signedIn(page);
});

test("while the service is busy, starting is tried again", async (t) => {
  const ada = await register(service, "ada");
  const page = await consoleAs(t, service, ada);
  await refuse(page, "**/console/token", 2);
  await page.reload();
  await page.getByText("The service is busy. Trying again …").waitFor();
  await signedIn(page);
  await heading(page, "ada");
});

test("a new user who cannot be signed in reads that the account exists", async (t) => {
  const page = await openConsole(t, service, {}, "/console/#register");
  await page.locator("[name=username]").fill("ada");
  await page.locator("[name=email]").fill("ada@example.com");
  await page.locator("[name=password]").fill(PASSWORD);
  await refuse(page, "**/console/session", 1);
  await page.keyboard.press("Enter");
  const told = "Your account has been created, but you could not be signed in.";
  await page.getByRole("alert").filter({ hasText: told }).waitFor();
  await signIn(page, { username: "ada", password: PASSWORD });
  await signedIn(page);
});

test("a form for those who are not signed in is ignored in the address of somebody who is", async (t) => {
  const ada = await register(service, "ada");
  const page = await openConsole(t, service);
  await control(page, "request-password-reset").click();
  await page.getByRole("link", { name: "Back to sign-in" }).click();
  await signIn(page, ada);
  await signedIn(page);
  await heading(page, "ada");
  await page.goBack();
  await page.waitForURL(/#request-password-reset$/);
  await heading(page, "ada");
  for (const relation of ["register", "token", "reset-password", "service-desc"]) {
    await page.goto("about:blank");
    await page.goto(`${service.url}/console/#${relation}`);
    await heading(page, "ada");
  }
});

test("a user whose session has ended signs in again and goes on at the same place", async (t) => {
  const ada = await register(service, "ada");
  const page = await consoleAs(t, service, ada, "/console/v1/me#sessions");
  await heading(page, "Sessions");
  query(service, "DELETE FROM sessions");
  await control(page, "audit").click();
  await page.getByText("You have been signed out.").waitFor();
  await signIn(page, ada);
  await heading(page, "Activity");
});

test("scripts see no credential but a short one, and the API takes no cookie", async (t) => {
  const ada = await register(service, "ada");
  const page = await openConsole(t, service);
  const answers = [];
  page.on("response", async (response) => {
    if (response.url().includes("/console/session")) answers.push(await response.json());
  });
  await signIn(page, ada);
  await signedIn(page);
  await settled(page);
  assert.deepEqual(Object.keys(answers[0]).sort(), ["access_token", "expires_in", "token_type"]);
  const [cookie] = await page.context().cookies();
  assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, "Strict"]);
  const seen = await page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length]);
  assert.deepEqual(seen, ["", 0, 0]);
  assert.equal(await page.evaluate(async () => (await fetch("/v1/me")).status), 401);
});

test("other sites get nothing from the browser session", async (t) => {
  const ask = (headers) => fetch(`${service.url}/console/token`, { method: "POST", headers });
  for (const site of ["same-site", "cross-site", "none"]) assert.equal((await ask({ "Sec-Fetch-Site": site })).status, 403);
  assert.equal((await ask({ Origin: "https://evil.example" })).status, 403);
  assert.equal((await ask({ Origin: "null" })).status, 403);
  assert.equal((await ask({})).status, 403);
  assert.equal((await ask({ Origin: service.url })).status, 401);
});

test("the language of the page is that of the browser", async (t) => {
  const page = await openConsole(t, service, { locale: "de-AT" });
  await heading(page, "Anmelden");
  assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
  await signIn(page, service.admin);
  await signedIn(page);
  await control(page, "users").click();
  await heading(page, "Benutzer");
});

test("a second step that the page does not support is reported", async (t) => {
  const page = await openConsole(t, service);
  await page.route("**/console/session", (route) =>
    route.fulfill({ status: 400, json: { error: "invalid_grant", code: "mfa_required", mfa_token: "x", mfa_methods: ["letter"] } }),
  );
  await signIn(page, service.admin);
  await page.getByText("This page supports none of the second factors of this account.").waitFor();
});

test("after too many wrong codes the first step says why it is back", async (t) => {
  const ada = await register(service, "ada");
  await enrolTotp(service, ada);
  const page = await openConsole(t, service);
  await signIn(page, ada);
  for (let n = 0; n < 6; n++) {
    await page.locator("[name=otp]").fill("000000");
    const answered = page.waitForResponse("**/console/session");
    await page.keyboard.press("Enter");
    await answered;
  }
  await page.getByText("There were too many attempts, or they took too long.").waitFor();
});

test("a demoted user loses buttons with the next answer", async (t) => {
  const ada = await register(service, "ada");
  const admin = await apiAs(service, service.admin);
  const { _links: links } = await userNamed(admin, "ada");
  await admin.send("PATCH", links.self.href, { role: "admin" });
  const page = await consoleAs(t, service, ada, "/console/v1/users");
  await control(page, "create").waitFor();
  await admin.send("PATCH", links.self.href, { role: "user" });
  await control(page, "me").click();
  await heading(page, "ada");
  await control(page, "users").waitFor({ state: "detached" });
  await admin.send("PATCH", links.self.href, { role: "admin" });
  await control(page, "sessions").click();
  await heading(page, "Sessions");
  await control(page, "users").waitFor();
});

test("what is shown stays if the entry cannot be read again", async (t) => {
  const ada = await register(service, "ada");
  const page = await consoleAs(t, service, ada);
  await settled(page);
  await page.route(`${service.url}/v1`, (route) => route.fulfill({ status: 500, json: { code: "internal_error" } }));
  const asked = page.waitForResponse(`${service.url}/v1`);
  await control(page, "update").click();
  await asked;
  await page.locator("dialog [name=username]").fill("countess");
  await submit(page);
  await heading(page, "countess");
  await control(page, "me").waitFor();
});

test("an entry that is refused is not asked for again and again", async (t) => {
  const page = await openConsole(t, service);
  await signedOut(page);
  let asked = 0;
  await page.route(`${service.url}/v1`, (route) => {
    asked++;
    return route.fulfill({ status: 403, json: { code: "not_allowed" } });
  });
  await page.reload();
  await heading(page, "This page could not be shown");
  await page.waitForTimeout(500);
  assert.equal(asked, 1);
});

test("a demoted user who follows a link that is still shown loses it too", async (t) => {
  const ada = await register(service, "ada");
  const admin = await apiAs(service, service.admin);
  const { self } = (await userNamed(admin, "ada"))._links;
  await admin.send("PATCH", self.href, { role: "admin" });
  const page = await consoleAs(t, service, ada, "/console/v1/users");
  await control(page, "create").waitFor();
  await admin.send("PATCH", self.href, { role: "user" });
  await control(page, "roles").click();
  await page.getByRole("alert").filter({ hasText: "You do not have permission to do this." }).waitFor();
  await control(page, "roles").waitFor({ state: "detached" });
  await control(page, "me").waitFor();
});

test("behind a proxy that strips a prefix everything works", async (t) => {
  let target;
  const origin = await startProxy(t, { "/auth": () => target });
  const service = await startService(t, { USHER_PUBLIC_URL: `${origin}/auth` });
  target = service.url;
  const page = await openConsole(t, { url: origin }, {}, "/auth/");
  await signIn(page, service.admin);
  await signedIn(page);
  assert.equal(page.url(), `${origin}/auth/console/`);
  await control(page, "users").click();
  await heading(page, "Users");
  assert.equal(page.url(), `${origin}/auth/console/v1/users`);
  await page.getByRole("link", { name: "admin", exact: true }).click();
  await control(page, "sessions").click();
  await heading(page, "Sessions");
  await page.reload();
  await heading(page, "Sessions");
  const [cookie] = await page.context().cookies();
  assert.equal(cookie.path, "/auth/console");
  await page.getByRole("button", { name: "Sign out" }).click();
  await signedOut(page);
});
