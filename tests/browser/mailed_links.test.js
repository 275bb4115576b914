// The service's own pages for mailed links, from the mail to the result.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { startService } from "../service.mjs";
import { closeBrowser, mailTo, openPage, post, query, startProxy } from "./support.js";

after(closeBrowser);

const ADA = { username: "ada", email: "ada@example.com", password: "grace-hopper-1906" };
const NEW = "difference-engine-1822";
const axe = await readFile(new URL(import.meta.resolve("axe-core/axe.min.js")), "utf8");

async function signIn({ url }, password) {
  const body = new URLSearchParams({ grant_type: "password", username: ADA.username, password });
  return fetch(`${url}/v1/oauth/token`, { method: "POST", body });
}

async function isConfirmed(service) {
  const { access_token: token } = await (await signIn(service, ADA.password)).json();
  const me = await fetch(`${service.url}/v1/me`, { headers: { Authorization: `Bearer ${token}` } });
  return (await me.json()).email_verified;
}

/** A service with the registered user Ada, and the link that was mailed to her. */
async function withAda(t, environment) {
  const service = await startService(t, environment);
  assert.equal((await post(service, "/v1/register", ADA)).status, 201);
  return { service, verification: await mailTo(service, ADA.email, "Confirm your e-mail address") };
}

async function resetFor(service) {
  assert.equal((await post(service, "/v1/password-resets", { email: ADA.email })).status, 202);
  return mailTo(service, ADA.email, "Choose a new password");
}

/** Waits until the page shows this text. */
async function says(page, heading) {
  await page.getByRole("heading", { level: 1, name: heading, exact: true }).waitFor();
}

test("a forgotten password is replaced, from requesting a link to signing in", async (t) => {
  const { service } = await withAda(t);
  const page = await openPage(t, service.url);
  await page.goto(`${service.url}/reset-password`);
  await says(page, "Forgot your password?");
  assert.equal(await page.getByText("does not work any more").count(), 0, "there was no link");
  await page.getByLabel("E-mail address").fill(ADA.email);
  await page.keyboard.press("Enter");
  await says(page, "Check your mail");

  const link = await mailTo(service, ADA.email, "Choose a new password");
  await page.goto(link);
  await says(page, "Choose a new password");
  assert.equal(page.url(), `${service.url}/reset-password`, "the token is out of the address");
  const field = page.getByLabel("New password");
  assert.ok(await field.evaluate((element) => element === document.activeElement), "one may type at once");
  for (const [refused, why] of [
    ["short", "Enter at least 8 characters."],
    ["password1", /^It is a common password\./],
    ["ada@example.com", "It must not be made of your own username or e-mail address."],
    ["é".repeat(40), /^It must have at most 72 bytes/],
  ]) {
    await field.fill(refused);
    await page.keyboard.press("Enter");
    await page.locator(".field-fault").filter({ hasText: why }).waitFor();
    assert.ok(await field.evaluate((element) => element === document.activeElement), "one may try again at once");
  }
  assert.equal((await signIn(service, ADA.password)).status, 200, "nothing has changed so far");
  await field.fill(NEW);
  await page.getByRole("button", { name: "Change password" }).click();
  await says(page, "Your password has been changed");
  assert.equal(await field.count(), 0, "nothing stays in the page");
  assert.equal((await signIn(service, NEW)).status, 200);
  assert.equal((await signIn(service, ADA.password)).status, 400);

  await page.goto(link);
  await field.fill("analytical-engine-1837");
  await page.keyboard.press("Enter");
  await says(page, "This link does not work any more");
  assert.equal((await signIn(service, NEW)).status, 200, "a link works once");
});

test("an address with an international domain is sent as it is typed", async (t) => {
  const service = await startService(t);
  const page = await openPage(t, service.url);
  for (const [username, email, mailed] of [
    ["ada", "ada@münchen.de", "ada@xn--mnchen-3ya.de"],
    ["bob", "bo@straße.de", "bo@xn--strae-oqa.de"],
  ]) {
    assert.equal((await post(service, "/v1/register", { ...ADA, username, email })).status, 201);
    await page.goto(`${service.url}/reset-password`);
    await page.getByLabel("E-mail address").fill(email);
    const requested = page.waitForRequest(`${service.url}/v1/password-resets`);
    await page.keyboard.press("Enter");
    assert.deepEqual((await requested).postDataJSON(), { email });
    await says(page, "Check your mail");
    await mailTo(service, mailed, "Choose a new password");
  }
});

test("an address is confirmed by pressing the button, not by opening the link", async (t) => {
  const { service, verification } = await withAda(t);
  const page = await openPage(t, service.url);
  const sent = [];
  page.on("request", (request) => {
    sent.push(request.url());
    if (request.method() !== "GET") sent.push(request.postData());
  });
  await page.goto(verification);
  await says(page, "Confirm your e-mail address");
  assert.equal(page.url(), `${service.url}/verify-email`);
  assert.equal(await page.evaluate(() => history.length), 2, "the address with the token is no step back");
  const token = new URLSearchParams(new URL(verification).hash.slice(1)).get("token");
  assert.deepEqual(sent.filter((text) => text.includes(token)), []);
  assert.equal(await isConfirmed(service), false);
  await page.getByRole("button", { name: "Confirm address" }).click();
  await says(page, "Your address has been confirmed");
  assert.equal(await isConfirmed(service), true);
  assert.deepEqual(sent.filter((text) => text.includes(token)), [JSON.stringify({ token })]);
});

test("the page that confirms an address warns a reader who did not enter it", async (t) => {
  const { service, verification } = await withAda(t);
  const page = await openPage(t, service.url);
  await page.goto(verification);
  await says(page, "Confirm your e-mail address");
  await page.getByText("If you have not, somebody else knows the password of that account. Do not confirm the address.").waitFor();
  await page.getByRole("button", { name: "Choose a new password" }).click();
  await says(page, "Forgot your password?");
  assert.equal(await page.getByText("does not work any more").count(), 0, "there was no link to choose a password");
  await page.getByLabel("E-mail address").fill(ADA.email);
  await page.keyboard.press("Enter");
  await says(page, "Check your mail");
  await page.goto(await mailTo(service, ADA.email, "Choose a new password"));
  await says(page, "Choose a new password");
});

test("a link that is wrong, truncated, used or expired is reported", async (t) => {
  const { service, verification } = await withAda(t);
  const page = await openPage(t, service.url);
  const press = () => page.getByRole("button", { name: "Confirm address" }).click();
  for (const cut of ["", "#", "#token", "#token="]) {
    await page.goto(`${service.url}/verify-email${cut}`);
    await says(page, "This link does not work any more");
  }
  for (const cut of ["#token", "#token="]) {
    await page.goto("about:blank");
    await page.goto(`${service.url}/reset-password${cut}`);
    await says(page, "This link does not work any more");
    await page.getByLabel("E-mail address").waitFor();
  }
  const other = verification.replace(/.$/, (last) => (last === "A" ? "E" : "A"));
  for (const wrong of [other, verification.slice(0, -5), `${verification}x`, `${service.url}/verify-email#token=<b>x</b>`]) {
    await page.goto(wrong);
    await press();
    await says(page, "This link does not work any more");
  }
  await page.goto(verification);
  await press();
  await says(page, "Your address has been confirmed");
  await page.goto(verification);
  await press();
  await says(page, "This link does not work any more");

  const reset = await resetFor(service);
  query(service, "UPDATE mailed_tokens SET expires_at = now() - interval '1 second'");
  await page.goto(reset);
  await page.getByLabel("New password").fill(NEW);
  await page.keyboard.press("Enter");
  await says(page, "This link does not work any more");
  assert.equal((await signIn(service, ADA.password)).status, 200);
});

test("a password can be shown while it is typed, and is hidden when it is sent", async (t) => {
  const { service } = await withAda(t);
  const page = await openPage(t, service.url);
  await page.goto(await resetFor(service));
  const field = page.getByLabel("New password");
  const type = () => field.getAttribute("type");
  const show = page.getByRole("button", { name: "Show" });
  assert.deepEqual([await type(), await field.getAttribute("autocomplete")], ["password", "new-password"]);
  await show.click();
  assert.equal(await type(), "text");
  await page.getByRole("button", { name: "Hide" }).click();
  assert.equal(await type(), "password");
  await show.click();
  await field.fill("password1");
  await page.keyboard.press("Tab");
  await field.press("Enter");
  await page.locator(".field-fault").filter({ hasText: "common" }).waitFor();
  assert.equal(await type(), "password");
});

test("behind a proxy that strips a prefix both links work", async (t) => {
  let target;
  const origin = await startProxy(t, { "/auth": () => target });
  const service = await startService(t, { USHER_PUBLIC_URL: `${origin}/auth` });
  target = service.url;
  await post(service, "/v1/register", ADA);
  const page = await openPage(t, origin);
  const verification = await mailTo(service, ADA.email, "Confirm your e-mail address");
  assert.ok(verification.startsWith(`${origin}/auth/verify-email#token=`), verification);
  await page.goto(verification);
  await page.getByRole("button", { name: "Confirm address" }).click();
  await says(page, "Your address has been confirmed");
  await page.goto(await resetFor(service));
  await page.getByLabel("New password").fill(NEW);
  await page.getByRole("button", { name: "Change password" }).click();
  await says(page, "Your password has been changed");
  assert.equal((await signIn(service, NEW)).status, 200);
});

test("an unreachable service does not use up a link", async (t) => {
  const { service, verification } = await withAda(t);
  const page = await openPage(t, service.url);
  await page.goto(verification);
  const button = page.getByRole("button", { name: "Confirm address" });
  await button.waitFor();
  await page.context().setOffline(true);
  await button.click();
  await page.getByRole("alert").filter({ hasText: "The service cannot be reached. Please try again." }).waitFor();
  await page.context().setOffline(false);
  await button.click();
  await says(page, "Your address has been confirmed");
});

test("without JavaScript the pages say that they need it and show no form", async (t) => {
  const service = await startService(t);
  const page = await openPage(t, service.url, { javaScriptEnabled: false });
  for (const path of ["verify-email", "reset-password"]) {
    await page.goto(`${service.url}/${path}#token=x`);
    // Playwright looks for no text in this element.
    assert.ok(await page.locator("noscript p", { hasText: "This page needs JavaScript." }).isVisible());
    assert.equal(await page.getByRole("button").count(), 0);
    assert.equal(await page.getByRole("textbox").count(), 0);
  }
});

for (const colorScheme of ["light", "dark"]) {
  test(`every state of the pages is accessible, in ${colorScheme} colours`, async (t) => {
    const { service, verification } = await withAda(t);
    const page = await openPage(t, service.url, { colorScheme, viewport: { width: 320, height: 640 }, locale: "en" });
    const inspect = async (heading) => {
      await says(page, heading);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => axe.run());
      assert.deepEqual(violations.map(({ id, help }) => `${id}: ${help}`), [], heading);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${heading} is too wide for a telephone`);
    };
    await page.goto(verification);
    await inspect("Confirm your e-mail address");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Confirm address" }).click();
    await inspect("Your address has been confirmed");
    await page.goto(`${service.url}/verify-email`);
    await inspect("This link does not work any more");
    await page.goto(`${service.url}/reset-password`);
    await inspect("Forgot your password?");
    await page.getByLabel("E-mail address").fill(ADA.email);
    await page.keyboard.press("Enter");
    await inspect("Check your mail");
    await page.goto(await mailTo(service, ADA.email, "Choose a new password"));
    await inspect("Choose a new password");
    await page.getByLabel("New password").fill("password1");
    await page.keyboard.press("Enter");
    await page.locator(".field-fault").waitFor();
    await inspect("Choose a new password");
    await page.getByLabel("New password").fill(NEW);
    await page.keyboard.press("Enter");
    await inspect("Your password has been changed");
  });
}
