// The console for everybody: without findings of axe, with the keyboard alone, and on a narrow screen.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
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
  register,
  settled,
  signedIn,
  signIn,
  submit,
  userNamed,
} from "./console.js";
import { closeBrowser, query, totp } from "./support.js";

const service = await startService({ after });
beforeEach(() => clear(service));
after(closeBrowser);

const axe = await readFile(new URL(import.meta.resolve("axe-core/axe.min.js")), "utf8");

/** On a narrow screen, tables are cards and dialogs are at the lower edge; in between, there is only less room. */
const WIDTHS = [320, 768, 1440];

/** Examines what is shown: it fits in each width, and it is accessible. A theme is examined in one width, the other in another. */
async function inspect(page, what) {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    const overflow = await page.evaluate(() => {
      const shown = [document.documentElement, ...document.querySelectorAll("dialog, .card, .alert")];
      return Math.max(...shown.map((one) => one.scrollWidth - one.clientWidth));
    });
    assert.ok(overflow <= 0, `${what} is ${overflow} pixels too wide at ${width}`);
  }
  const isDark = await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches);
  await page.setViewportSize({ width: isDark ? WIDTHS.at(0) : WIDTHS.at(-1), height: 800 });
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run({ resultTypes: ["violations"] }));
  assert.deepEqual(violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0].html}`), [], what);
}

/** Places of an admin, most of them with a dialog. */
const PLACES = [
  "",
  "v1/users",
  "v1/users?q=nobody-has-this",
  "v1/users?status=active",
  "v1/users#create",
  "v1/roles",
  "v1/roles#create",
  "v1/roles/admin",
  "v1/audit-events",
  "v1/me",
  "v1/me#update",
  "v1/me#change-password",
  "v1/me#sessions",
  "v1/me#api-keys/create",
  "v1/me#revoke-all",
  "v1/me#audit?outcome=success",
  "v1/nothing",
];

/** Opens an address, also one that differs from the last by its trail alone. */
async function open(page, path) {
  await page.goto("about:blank");
  await page.goto(service.url + path);
  await settled(page);
}

for (const colorScheme of ["light", "dark"]) {
  const options = { colorScheme, reducedMotion: "reduce" };

  test(`the views of an admin are accessible and fit, in ${colorScheme} colours`, async (t) => {
    const page = await consoleAs(t, service, service.admin, "/console/", options);
    for (const place of PLACES) {
      await open(page, `/console/${place}`);
      if (/#(?!sessions|audit)/.test(place)) await page.locator("dialog").waitFor();
      await inspect(page, place);
    }
    await page.goto(`${service.url}/console/`);
    await page.getByText("Show as a table").first().click();
    await inspect(page, "a chart as a table");
  });

  test(`signing in, and what comes before it, is accessible and fits, in ${colorScheme} colours`, async (t) => {
    const page = await openConsole(t, service, options);
    for (const path of ["/console/", "/console/#register", "/console/#request-password-reset"]) {
      await open(page, path);
      await inspect(page, path);
    }
    await page.locator("[type=submit]").click();
    await page.locator(".field-fault").waitFor();
    await inspect(page, "a form with a fault");
    for (const path of ["/reset-password#token=x", "/reset-password", "/verify-email#token=x", "/verify-email"]) {
      await open(page, path);
      await inspect(page, path);
    }
  });

  test(`second factors are accessible and fit, in ${colorScheme} colours`, async (t) => {
    const ada = await register(service, "ada");
    const page = await consoleAs(t, service, ada, "/console/v1/me#factors", options);
    await settled(page);
    await inspect(page, "no factors");
    await control(page, "enrol-totp").click();
    await submit(page);
    await page.locator(".qr").waitFor();
    await inspect(page, "the QR code");
    const secret = await page.locator(".secret-text").textContent();
    await page.locator("[name=code]").fill(totp(secret));
    await submit(page);
    await page.locator(".codes").waitFor();
    await inspect(page, "the recovery codes");
    await page.locator("dialog .primary").click();
    await page.locator("dialog").waitFor({ state: "detached" });
    await inspect(page, "factors");
    makeStale(service);
    await page.reload();
    await control(page, "enrol-totp").click();
    await page.locator("dialog [name=password]").waitFor();
    await inspect(page, "proving again who one is");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Sign out" }).click();
    await signIn(page, ada);
    await page.locator("[name=otp]").waitFor();
    await inspect(page, "the second step");
  });

  test(`a conflict is accessible and fits, in ${colorScheme} colours`, async (t) => {
    await register(service, "ada");
    const { self } = (await userNamed(await apiAs(service, service.admin), "ada"))._links;
    const page = await consoleAs(t, service, service.admin, `/console${self.href}#update`, options);
    await page.locator("dialog [name=username]").fill("countess");
    query(service, `UPDATE users SET version = version + 1, email = '${"a".repeat(60)}@example.com' WHERE username = 'ada'`);
    await submit(page);
    await page.locator("dialog .alert li").waitFor();
    await inspect(page, "the conflict");
    await submit(page);
    await heading(page, "countess");
    await inspect(page, "a user with a long address");
  });
}

test("with the keyboard alone, one signs in, edits the account and signs out", async (t) => {
  const ada = await register(service, "ada");
  const page = await openConsole(t, service);
  const reach = async (condition) => {
    for (let presses = 0; presses < 40; presses++) {
      if (await page.evaluate(condition)) return;
      await page.keyboard.press("Tab");
    }
    assert.fail(`the focus does not reach ${condition}`);
  };
  await page.locator("[name=username]").waitFor();
  await reach(() => document.activeElement.name === "username");
  await page.keyboard.type(ada.username);
  await reach(() => document.activeElement.name === "password");
  await page.keyboard.type(ada.password);
  await page.keyboard.press("Enter");
  await signedIn(page);
  await reach(() => document.activeElement.dataset.rel === "update");
  await page.keyboard.press("Enter");
  await page.locator("dialog [name=username]").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.name), "username", "one may type at once");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("countess");
  await page.keyboard.press("Enter");
  await heading(page, "countess");
  assert.equal(await page.evaluate(() => document.activeElement.dataset.rel), "update", "the focus is back where it was");
  await page.keyboard.press("Enter");
  await page.locator("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  await reach(() => document.activeElement.textContent === "Sign out");
  await page.keyboard.press("Enter");
  await page.locator("form[data-rel=token]").waitFor();
});

test("the first stop of the keyboard skips the navigation, and the address stays", async (t) => {
  const page = await consoleAs(t, service, service.admin, "/console/v1/users");
  await settled(page);
  const url = page.url();
  await page.locator(".skip").focus();
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  assert.equal(page.url(), url);
});

test("the title of the page is its heading", async (t) => {
  const page = await consoleAs(t, service, service.admin, "/console/v1/users");
  await page.waitForFunction(() => document.title === "Users · usher");
  await control(page, "roles").click();
  await page.waitForFunction(() => document.title === "Roles · usher");
});

test("without JavaScript the page says that it needs it", async (t) => {
  const page = await openConsole(t, service, { javaScriptEnabled: false });
  // Playwright looks for no text in this element.
  assert.ok(await page.locator("noscript p", { hasText: "This page needs JavaScript." }).isVisible());
});
