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
import { closeBrowser, mailTo, query, startProxy, totp } from "./support.js";

const service = await startService({ after });
beforeEach(() => clear(service));
after(closeBrowser);

/** Another tab of the same browser, with the same page. */
async function openTab(page) {
  const [tab] = await Promise.all([page.waitForEvent("popup"), page.evaluate(() => void open(location.href))]);
  return tab;
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

test("whoever has to confirm the address first is told so", async (t) => {
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
  await page.getByText("a link is on its way").waitFor();
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
  await page.getByRole("alert").filter({ hasText: "This is not a valid code." }).waitFor();
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
  await signedIn(other);
  const [cookie] = await page.context().cookies();
  await page.getByRole("button", { name: "Sign out" }).click();
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
});

test("whose session has ended signs in again and goes on at the same place", async (t) => {
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
  await page.getByRole("button", { name: "Edit" }).click();
  await page.locator("dialog [name=username]").fill("countess");
  await submit(page);
  await heading(page, "countess");
  await control(page, "users").waitFor({ state: "detached" });
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
  const origin = await startProxy(t, "/auth", () => target);
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
