// Forms of the console: faults, conflicts, proving again who one is, and failures of the service.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { startService } from "../service.mjs";
import {
  apiAs,
  clear,
  consoleAs,
  control,
  heading,
  makeStale,
  openConsole,
  PASSWORD,
  register,
  settled,
  signedIn,
  signedOut,
  submit,
  userNamed,
} from "./console.js";
import { closeBrowser, enrolTotp, query } from "./support.js";

const service = await startService({ after });
beforeEach(() => clear(service));
after(closeBrowser);

test("all faults of a form are shown at their fields, and the first one gets the focus", async (t) => {
  const page = await consoleAs(t, service, service.admin, "/console/v1/users#create");
  await page.locator("dialog [name=username]").fill("аda"); // The first letter is Cyrillic.
  await page.locator("dialog [name=email]").fill("ada@example.com");
  await page.locator("dialog [name=password]").fill("password1");
  await submit(page);
  const fault = (name) => page.locator(".field", { has: page.locator(`[name=${name}]`) }).locator(".field-fault");
  await fault("username").waitFor();
  for (const name of ["username", "password"]) assert.equal(await page.locator(`[name=${name}]`).getAttribute("aria-invalid"), "true", name);
  assert.match(await fault("username").textContent(), /one script|different scripts|scripts/);
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-invalid") === "true");

  await page.locator("dialog [name=username]").fill("admin");
  await page.locator("dialog [name=email]").fill("ada@example.com");
  await page.locator("dialog [name=password]").fill(PASSWORD);
  await submit(page);
  await fault("username").filter({ hasText: "Another user has this username." }).waitFor();
  await page.locator("dialog [name=username]").fill("ada");
  await submit(page);
  await heading(page, "ada");
});

test("a user is created, edited, suspended, reactivated and deleted", async (t) => {
  const page = await consoleAs(t, service, service.admin, "/console/v1/users");
  await control(page, "create").click();
  await page.locator("dialog [name=username]").fill("ada");
  await page.locator("dialog [name=email]").fill("ada@example.com");
  await page.locator("dialog [name=password]").fill(PASSWORD);
  await submit(page);
  await heading(page, "ada");
  const act = async (relation) => {
    await control(page, relation).click();
    await submit(page);
    await page.locator("dialog").waitFor({ state: "detached" });
    await settled(page);
  };
  await control(page, "update").click();
  await page.locator("dialog [name=role]").selectOption("admin");
  await submit(page);
  await page.getByText("The changes have been saved.").waitFor();
  await act("suspend");
  await page.getByText("Suspended", { exact: true }).waitFor();
  await act("reactivate");
  await page.getByText("Active", { exact: true }).waitFor();
  await act("send-password-reset");
  await page.getByText("A mail will be sent.").waitFor();
  await control(page, "sessions").click();
  await heading(page, "Sessions");
  await page.goBack();
  await act("delete");
  await heading(page, "Users");
  assert.equal(await page.getByRole("link", { name: "ada", exact: true }).count(), 0);
});

test("a role is created with permissions, given to a user, and shown with who has it", async (t) => {
  await register(service, "ada");
  const page = await consoleAs(t, service, service.admin, "/console/v1/roles#create");
  await page.locator("dialog [name=name]").fill("support");
  await page.locator("dialog [value='users.suspend']").check();
  await submit(page);
  await page.locator("dialog .field-fault").filter({ hasText: "users.read" }).waitFor();
  await page.locator("dialog [value='users.read']").check();
  await submit(page);
  await heading(page, "support");

  const api = await apiAs(service, service.admin);
  await page.goto(`${service.url}/console${(await userNamed(api, "ada"))._links.self.href}#update`);
  await page.locator("dialog [name=role]").selectOption("support");
  await submit(page);
  await page.locator("dialog").waitFor({ state: "detached" });
  await page.locator("main").getByRole("link", { name: "support" }).click();
  await heading(page, "support");
  await page.locator("main [data-rel=users]").click();
  await page.getByRole("link", { name: "ada", exact: true }).waitFor();
});

test("after a role is deleted, the list of roles is shown", async (t) => {
  const api = await apiAs(service, service.admin);
  const { create } = (await api.get("/v1/roles"))._links;
  await api.send("POST", create.href, { name: "support", permissions: [] });
  const page = await consoleAs(t, service, service.admin, "/console/v1/roles/support");
  await control(page, "delete").click();
  await submit(page);
  await heading(page, "Roles");
  await page.getByRole("link", { name: "admin", exact: true }).waitFor();
  assert.equal(await page.getByRole("link", { name: "support", exact: true }).count(), 0);
});

test("a user who edits what somebody else has just changed sees the change and goes on", async (t) => {
  await register(service, "ada");
  const api = await apiAs(service, service.admin);
  const { self } = (await userNamed(api, "ada"))._links;
  const page = await consoleAs(t, service, service.admin, `/console${self.href}`);
  await control(page, "update").click();
  await page.locator("dialog [name=username]").fill("countess");
  assert.equal((await api.send("PATCH", self.href, { email: "lovelace@example.com" })).code, 200);
  await submit(page);
  await page.getByText("E-mail address: was “ada@example.com”, is now “lovelace@example.com”").waitFor();
  assert.equal(await page.locator("dialog [name=username]").inputValue(), "countess", "what was typed is still there");
  assert.equal(await page.locator("dialog [name=email]").inputValue(), "lovelace@example.com", "the rest is as it is now");
  await submit(page);
  await heading(page, "countess");
  const now = await api.get(self.href);
  assert.deepEqual([now.username, now.email], ["countess", "lovelace@example.com"]);
});

test("an action that needs a fresh session asks for a proof, and goes on afterwards", async (t) => {
  const ada = await register(service, "ada");
  const page = await consoleAs(t, service, ada);
  makeStale(service);
  await page.goto(`${service.url}/console/v1/me#api-keys`);
  await settled(page);
  await control(page, "create").click();
  await page.getByRole("heading", { name: "Confirm it is you" }).waitFor();
  await page.locator("dialog [name=password]").fill("wrong");
  await submit(page);
  await page.locator("dialog .field-fault").waitFor();
  await page.locator("dialog [name=password]").fill(ada.password);
  await submit(page);
  await page.locator("dialog [name=name]").fill("script");
  await page.locator("dialog [value='account.read']").check();
  await submit(page);
  assert.match(await page.locator(".secret-text").textContent(), /^usher_pat_/);
});

test("a form that was filled in for too long asks for a proof, and keeps its values", async (t) => {
  const ada = await register(service, "ada");
  const page = await consoleAs(t, service, ada, "/console/v1/me#api-keys/create");
  await page.locator("dialog [name=name]").fill("script");
  await page.locator("dialog [value='account.read']").check();
  makeStale(service);
  await submit(page);
  await page.getByRole("heading", { name: "Confirm it is you" }).waitFor();
  await page.locator("form[data-rel=step-up] [name=password]").fill(ada.password);
  await page.locator("form[data-rel=step-up] [type=submit]").click();
  await page.locator("form[data-rel=step-up]").waitFor({ state: "detached" });
  assert.equal(await page.locator("dialog [name=name]").inputValue(), "script");
  await submit(page);
  await page.locator(".secret-text").waitFor();
});

test("what is shown once is not closed by accident", async (t) => {
  const ada = await register(service, "ada");
  const page = await consoleAs(t, service, ada, "/console/v1/me#api-keys/create");
  await page.locator("dialog [name=name]").fill("script");
  await page.locator("dialog [value='account.read']").check();
  await submit(page);
  const secret = page.locator(".secret-text");
  await secret.waitFor();
  await secret.evaluate((one) => one.closest("dialog").addEventListener("close", () => (window.hasClosed = true)));
  for (let n = 0; n < 3; n++) await page.keyboard.press("Escape");
  assert.ok(await secret.isVisible());
  assert.equal(await page.evaluate(() => window.hasClosed), undefined);
  assert.equal(await page.getByRole("button", { name: "Close" }).count(), 0);
  await page.getByRole("button", { name: "I have saved it" }).click();
  await page.locator("dialog").waitFor({ state: "detached" });
  await page.getByRole("cell", { name: "script", exact: true }).waitFor();
});

test("what is shown once survives the back button, a reload and what happens in other tabs", async (t) => {
  const ada = await register(service, "ada");
  const page = await consoleAs(t, service, ada);
  await control(page, "api-keys").click();
  const [other] = await Promise.all([page.waitForEvent("popup"), page.evaluate(() => void open(location.href))]);
  await signedIn(other);
  await control(page, "create").click();
  await page.locator("dialog [name=name]").fill("script");
  await page.locator("dialog [value='account.read']").check();
  await submit(page);
  const secret = page.locator(".secret-text");
  await secret.waitFor();
  const key = await secret.textContent();
  await page.goBack();
  await page.waitForURL(`${service.url}/console/`);
  assert.equal(await secret.textContent(), key, "after one step back");

  const asked = new Promise((resolve) => page.once("dialog", (dialog) => resolve(dialog.dismiss().then(() => dialog.type()))));
  await page.evaluate(() => void setTimeout(() => location.reload()));
  assert.equal(await asked, "beforeunload");
  assert.equal(await secret.textContent(), key, "after a reload that was asked about");

  await other.getByRole("button", { name: "Sign out" }).click();
  await signedOut(other);
  await signedOut(page);
  assert.equal(await page.locator(".side").count(), 0, "nothing else of the user stays");
  assert.equal(await secret.textContent(), key, "after the end of the session");
  const loaded = page.waitForEvent("load");
  await page.getByRole("button", { name: "I have saved it" }).click();
  await loaded;
  await signedOut(page);
});

test("a new key is not lost while the page finds out what of it is shown once", async (t) => {
  const ada = await register(service, "ada");
  const page = await consoleAs(t, service, ada);
  await control(page, "api-keys").click();
  const [other] = await Promise.all([page.waitForEvent("popup"), page.evaluate(() => void open(location.href))]);
  await signedIn(other);
  await control(page, "create").click();
  await page.locator("dialog [name=name]").fill("script");
  await page.locator("dialog [value='account.read']").check();
  await page.route("**/api-keys/*", () => {}); // There is no answer.
  const read = page.waitForRequest("**/api-keys/*");
  await submit(page);
  await read;

  const asked = new Promise((resolve) => page.once("dialog", (dialog) => resolve(dialog.dismiss().then(() => dialog.type()))));
  await page.evaluate(() => void setTimeout(() => location.reload()));
  assert.equal(await asked, "beforeunload");
  await other.getByRole("button", { name: "Sign out" }).click();
  await signedOut(other);
  await signedOut(page);
  const key = page.locator(".secret", { has: page.getByText("API key", { exact: true }) }).locator(".secret-text");
  await key.waitFor();
  assert.match(await key.textContent(), /^usher_pat_/);
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.getByRole("button", { name: "I have saved it" }).click();
  await signedOut(page);
});

test("what was created while it could not be read is not taken for a secret, and nobody waits long for it", async (t) => {
  const page = await consoleAs(t, service, service.admin, "/console/v1/users");
  await control(page, "create").click();
  await page.locator("dialog [name=username]").fill("ada");
  await page.locator("dialog [name=email]").fill("ada@example.com");
  await page.locator("dialog [name=password]").fill(PASSWORD);
  let isBusy = true;
  await page.route("**/v1/users/*", (route) => {
    if (!isBusy) return route.continue();
    isBusy = false;
    return route.fulfill({ status: 503, headers: { "Retry-After": "60" }, json: { code: "unavailable" } });
  });
  await submit(page);
  await page.getByText("It has been created.").waitFor();
  await heading(page, "ada");
  assert.equal(await page.locator("dialog").count(), 0);
});

test("a proof that was accepted is reported, also if the entry cannot be read afterwards", async (t) => {
  const ada = await register(service, "ada");
  const page = await consoleAs(t, service, ada);
  makeStale(service);
  await page.reload();
  await page.locator(".side [data-rel=step-up]").click();
  await page.locator("dialog [name=password]").fill(ada.password);
  await settled(page);
  await page.route(`${service.url}/v1`, (route) => route.fulfill({ status: 500, json: { code: "internal_error" } }));
  await submit(page);
  await page.getByText("Thank you. You can go on.").waitFor();
  await page.locator("dialog").waitFor({ state: "detached" });
});

test("what cannot be read with its version is not changed", async (t) => {
  const ada = await register(service, "ada");
  const { app } = await enrolTotp(service, ada, "Phone");
  const page = await consoleAs(t, service, { ...ada, secret: app.secret });
  await control(page, "factors").click();
  const sent = [];
  await page.route(`**${app._links.self.href}`, (route) => {
    sent.push(route.request().method());
    const problem = { type: "about:blank", title: "Internal Server Error", status: 500, code: "internal_error", detail: "It has failed." };
    return route.fulfill({ status: 500, contentType: "application/problem+json", json: problem });
  });
  await page.getByRole("button", { name: "Edit: Phone" }).click();
  await page.locator("dialog [role=alert]").filter({ hasText: "It has failed." }).waitFor();
  assert.equal(await page.locator("dialog form").count(), 0);
  assert.deepEqual(sent, ["GET"]);
  await page.unrouteAll();
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Edit: Phone" }).click();
  await page.locator("dialog [name=name]").waitFor();
});

test("the question before something is revoked says what is revoked", async (t) => {
  const ada = await register(service, "ada");
  const api = await apiAs(service, service.admin);
  const mine = await apiAs(service, ada);
  await mine.send("POST", `${(await mine.get("/v1/me"))._links["api-keys"].href}`, { name: "script", scopes: ["account.read"] });
  const { self } = (await userNamed(api, "ada"))._links;
  const page = await consoleAs(t, service, service.admin, `/console${self.href}#sessions`);
  await control(page, "revoke-all").click();
  await page.locator("dialog").getByText("On your own account, that includes the one that you are using.").waitFor();
  await page.keyboard.press("Escape");
  await control(page, "api-keys").click();
  await control(page, "revoke-all").click();
  await page.getByRole("heading", { name: "Revoke all keys" }).waitFor();
  await page.locator("dialog").getByText("All of them stop working at once.").waitFor();
  assert.equal(await page.locator("dialog").getByText("you are using").count(), 0);
});

test("a second factor that was renamed elsewhere is not overwritten unseen", async (t) => {
  const ada = await register(service, "ada");
  const { app } = await enrolTotp(service, ada, "Phone");
  const page = await consoleAs(t, service, { ...ada, secret: app.secret });
  await control(page, "factors").click();
  await page.getByRole("button", { name: "Edit: Phone" }).click();
  await page.locator("dialog [name=name]").fill("Old phone");
  query(service, "UPDATE factors SET name = 'Tablet', version = version + 1 WHERE name = 'Phone'");
  await submit(page);
  await page.getByText("Name: was “Phone”, is now “Tablet”").waitFor();
  await submit(page);
  await page.getByRole("cell", { name: "Old phone", exact: true }).waitFor();
});

test("a button does what it says at the first press, also if the field before it is wrong", async (t) => {
  const page = await openConsole(t, service, {}, "/console/#register");
  await page.locator("[name=username]").fill("x");
  await page.getByRole("link", { name: "Back to sign-in" }).click();
  await signedOut(page);
});

test("what somebody else has done first is reported, and the page is as it is then", async (t) => {
  await register(service, "ada");
  const api = await apiAs(service, service.admin);
  const { self, suspend } = (await userNamed(api, "ada"))._links;
  const page = await consoleAs(t, service, service.admin, `/console${self.href}#suspend`);
  await page.locator("dialog").waitFor();
  assert.equal((await api.send("POST", suspend.href)).code, 200);
  await submit(page);
  await page.locator("dialog [role=alert]").filter({ hasText: "suspended" }).waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await control(page, "reactivate").waitFor();
});

test("while the service is busy or away, reading is tried again", async (t) => {
  const ada = await register(service, "ada");
  const page = await consoleAs(t, service, ada);
  let refusals = 2;
  await page.route("**/sessions*", (route) => {
    if (refusals-- <= 0) return route.continue();
    const problem = { type: "urn:usher:problem:unavailable", title: "Service Unavailable", status: 503, code: "unavailable", detail: "Busy." };
    return route.fulfill({ status: 503, headers: { "Retry-After": "1" }, contentType: "application/problem+json", json: problem });
  });
  await control(page, "sessions").click();
  await page.getByText("The service is busy. Trying again …").waitFor();
  await heading(page, "Sessions");

  await page.context().setOffline(true);
  await control(page, "audit").click();
  await page.getByText("The service cannot be reached. Trying again …").waitFor();
  await page.context().setOffline(false);
  await heading(page, "Activity");
});

test("an account is exported and deleted", async (t) => {
  const ada = await register(service, "ada");
  const page = await consoleAs(t, service, ada);
  await page.evaluate(() => (URL.revokeObjectURL = () => (window.isRevoked = true)));
  const [download] = await Promise.all([page.waitForEvent("download"), control(page, "export").click()]);
  assert.equal(await page.evaluate(() => window.isRevoked), undefined, "the browser has time to save it");
  assert.equal(download.suggestedFilename(), "usher-ada.json");
  await control(page, "delete").click();
  await submit(page);
  await page.locator("form[data-rel=token]").waitFor();
});

test("an address that leads nowhere says so, and leads a token nowhere else", async (t) => {
  const page = await consoleAs(t, service, service.admin);
  for (const path of ["/console/v1/nothing", "/console//evil.example/v1", "/console/docs/", "/console/%00#%"]) {
    await page.goto(service.url + path);
    await heading(page, "This page could not be shown");
    await page.getByRole("link", { name: "Back to the start page" }).click();
    await page.waitForURL(`${service.url}/console/`);
  }
});
