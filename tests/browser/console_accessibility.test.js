// The console for everybody: without findings of axe, with the keyboard alone, and on a narrow screen.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { startService } from "../service.mjs";
import { consoleAs, control, heading, openConsole, register, settled, signedIn } from "./console.js";

const axe = await readFile(new URL(import.meta.resolve("axe-core/axe.min.js")), "utf8");

async function inspect(page, what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run());
  assert.deepEqual(violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0].html}`), [], what);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${what} is ${overflow} pixels too wide`);
}

const PLACES = [
  "",
  "v1/users",
  "v1/users?q=nobody-has-this",
  "v1/users#create",
  "v1/roles",
  "v1/roles#create",
  "v1/audit-events",
  "v1/me",
  "v1/me#update",
  "v1/me#change-password",
  "v1/me#sessions",
  "v1/me#factors",
  "v1/me#factors/enrol-totp",
  "v1/me#api-keys/create",
  "v1/me#revoke-all",
  "v1/nothing",
];

for (const colorScheme of ["light", "dark"]) {
  for (const width of [320, 768, 1440]) {
    test(`every view is accessible and fits, in ${colorScheme} colours at ${width} pixels`, async (t) => {
      const service = await startService(t);
      const options = { colorScheme, viewport: { width, height: 800 }, reducedMotion: "reduce" };
      const anybody = await openConsole(t, service, options);
      for (const trail of ["", "#register", "#request-password-reset"]) {
        await anybody.goto(`${service.url}/console/${trail}`);
        await settled(anybody);
        await inspect(anybody, `sign-in${trail}`);
      }
      const page = await consoleAs(t, service, service.admin, "/console/", options);
      for (const place of PLACES) {
        await page.goto("about:blank");
        await page.goto(`${service.url}/console/${place}`);
        await settled(page);
        if (place.includes("#") && !/#(sessions|factors)$/.test(place)) await page.locator("dialog").waitFor();
        await inspect(page, place);
      }
    });
  }
}

test("with the keyboard alone, one signs in, edits the account and signs out", async (t) => {
  const service = await startService(t);
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
  const service = await startService(t);
  const page = await consoleAs(t, service, service.admin, "/console/v1/users");
  await settled(page);
  const url = page.url();
  await page.locator(".skip").focus();
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  assert.equal(page.url(), url);
});

test("the title of the page is its heading", async (t) => {
  const service = await startService(t);
  const page = await consoleAs(t, service, service.admin, "/console/v1/users");
  await page.waitForFunction(() => document.title === "Users · usher");
  await control(page, "roles").click();
  await page.waitForFunction(() => document.title === "Roles · usher");
});

test("without JavaScript the page says that it needs it", async (t) => {
  const service = await startService(t);
  const page = await openConsole(t, service, { javaScriptEnabled: false });
  // Playwright looks for no text in this element.
  assert.ok(await page.locator("noscript p", { hasText: "This page needs JavaScript." }).isVisible());
});
