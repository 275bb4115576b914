// The console shows what the API offers, and nothing else, for each kind of caller.

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
  register,
  settled,
  signedOut,
  submit,
  userNamed,
} from "./console.js";
import { closeBrowser, enrolTotp, query, totp } from "./support.js";

const service = await startService({ after });
beforeEach(() => clear(service));
after(closeBrowser);

/** Relations without a control of their own on every resource: reading it, pages, signing in. */
const ELSEWHERE = new Set([
  "self",
  "collection",
  "first",
  "prev",
  "next",
  "last",
  "search",
  "step-up",
  "step-up-options",
  "register",
  "token",
  "request-password-reset",
  "reset-password",
  "verify-email",
  "sign-in-with-passkey",
  "service-desc",
  // For programs.
  "events",
]);

/** The relations of which controls are shown in this part of the page. */
async function shown(page, part) {
  const relations = await page.locator(`${part} [data-rel]`).evaluateAll((all) => all.map((one) => one.dataset.rel));
  return [...new Set(relations)].filter((relation) => !ELSEWHERE.has(relation)).sort();
}

/** The relations that the API offers on these resources, also those that a fresh proof would open. */
function offered(...resources) {
  const links = resources.flatMap((resource) => Object.entries(resource._links));
  const relations = links.flatMap(([relation, { opens = [] }]) => [relation, ...opens]);
  return [...new Set(relations)].filter((relation) => !ELSEWHERE.has(relation)).sort();
}

/** Users of each kind: some call, and the others are looked at. */
async function makeCallers() {
  const admin = await apiAs(service, service.admin);
  const { _links: roles } = await admin.get("/v1/roles");
  const permissions = ["users.read", "users.suspend", "sessions.read", "audit.read", "roles.read"];
  await admin.send("POST", roles.create.href, { name: "support", permissions });
  const callers = { admin: service.admin };
  for (const name of ["ada", "grace", "second", "alan", "joan"]) callers[name] = await register(service, name);
  const change = async (name, body) => {
    const { self } = (await userNamed(admin, name))._links;
    assert.equal((await admin.send("PATCH", self.href, body)).code, 200);
  };
  await change("grace", { role: "support" });
  await change("second", { role: "admin" });
  await admin.send("POST", (await userNamed(admin, "alan"))._links.suspend.href);
  await enrolTotp(service, callers.joan);
  query(service, "UPDATE users SET slowed_until = now() + interval '1 hour' WHERE username = 'joan'");
  query(service, "UPDATE users SET email_verified = true WHERE username = 'grace'");
  return { callers, change };
}

/** Compares what the caller sees at each place with what the API offers there, and presses each button. */
async function compare(t, caller, { isStale, relations = ["users", "roles", "audit"] } = {}) {
  const api = await apiAs(service, caller);
  const page = await consoleAs(t, service, caller);
  if (isStale) makeStale(service);
  const entry = await api.get("/v1");
  await page.reload();
  await settled(page);
  assert.deepEqual(await shown(page, ".side"), offered(entry));
  assert.equal(await page.locator(".side [data-rel=step-up]").count(), isStale ? 1 : 0);

  const visit = async (href, trail, ...resources) => {
    const what = `${caller.username} at ${href}${trail}`;
    // Without a page between, an address that differs by its trail alone would not be loaded.
    if (trail) await page.goto("about:blank");
    await page.goto(`${service.url}/console${href}${trail}`);
    await settled(page);
    assert.deepEqual(await shown(page, "main"), offered(...resources), what);
    await pressAll(page, what);
  };
  for (const relation of relations.filter((relation) => entry._links[relation])) {
    const { href } = entry._links[relation];
    const list = await api.get(href);
    await visit(href, "", list);
    for (const { _links: links } of Object.values(list._embedded)[0]) {
      if (links.self) await visit(links.self.href, "", await api.get(links.self.href));
    }
  }
  const me = await api.get(entry._links.me.href);
  await visit(entry._links.me.href, "", me);
  const tabs = Object.entries(me._links).filter(([relation]) => TABS.includes(relation));
  assert.equal(tabs.length, TABS.length);
  for (const [tab, { href }] of tabs) {
    const list = await api.get(href);
    await visit(entry._links.me.href, `#${tab}`, { _links: Object.fromEntries(tabs) }, list, ...Object.values(list._embedded)[0]);
  }
}

/** Links that are tabs, and links of values. */
const TABS = ["sessions", "factors", "api-keys", "audit"];
const VALUES = ["role", "users"];

/** Presses the first button of each relation: it opens a dialog with a form. */
async function pressAll(page, what) {
  const relations = (await shown(page, "main")).filter((relation) => !["export", ...TABS, ...VALUES].includes(relation));
  for (const relation of relations) {
    await page.locator(`main button[data-rel="${relation}"]`).first().click();
    await page.locator("dialog form [type=submit]").waitFor().catch(() => assert.fail(`${relation} opens nothing, ${what}`));
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
  }
}

test("the page to sign in offers what the API offers to anyone", async (t) => {
  const page = await openConsole(t, service);
  await signedOut(page);
  const entry = await (await fetch(`${service.url}/v1`)).json();
  const controls = await page.locator("[data-rel]").evaluateAll((all) => all.map((one) => one.dataset.rel));
  const mailed = ["reset-password", "verify-email"];
  const unsafe = Object.keys(entry._links).filter((relation) => entry._links[relation].method && !mailed.includes(relation));
  assert.deepEqual([...new Set(controls)].sort(), unsafe.sort());
});

test("a user sees what the API offers", async (t) => {
  const { callers } = await makeCallers();
  await compare(t, callers.ada);
});

test("somebody with a role of their own sees what the API offers", async (t) => {
  const { callers } = await makeCallers();
  await compare(t, callers.grace);
});

test("an admin sees what the API offers", async (t) => {
  const { callers } = await makeCallers();
  await compare(t, callers.admin);
});

test("the last admin sees what the API offers", async (t) => {
  const { callers, change } = await makeCallers();
  await change("second", { role: "user" });
  await compare(t, callers.admin, { relations: [] });
});

test("a user whose session is not fresh sees what the API offers, and what it offers after a proof", async (t) => {
  const { callers } = await makeCallers();
  await compare(t, callers.second, { isStale: true });
});

test("every form of a list, a user and an account can be opened, and has the fields of its template", async (t) => {
  const { callers } = await makeCallers();
  const api = await apiAs(service, callers.admin);
  const page = await consoleAs(t, service, callers.admin);
  const ada = await userNamed(api, "ada");
  for (const href of ["/v1/users", "/v1/roles", "/v1/me", ada._links.self.href, "/v1/roles/support"]) {
    const { _templates: templates } = await api.get(href);
    for (const [relation, { properties }] of Object.entries(templates)) {
      if (relation === "default" || relation === "step-up") continue;
      await page.goto("about:blank");
      await page.goto(`${service.url}/console${href}#${relation}`);
      await page.locator(`dialog form[data-rel="${relation}"]`).waitFor();
      const fields = await page.locator("dialog form [name]").evaluateAll((all) => all.map(({ name }) => name));
      assert.deepEqual([...new Set(fields)], properties.map(({ name }) => name), `${relation} on ${href}`);
    }
  }
});

test("a user who must enrol a second factor reads so, enrols one, and then has all controls", async (t) => {
  const service = await startService(t, { USHER_REQUIRE_MFA: "privileged" });
  const page = await consoleAs(t, service, service.admin, "/console/v1/users");
  await page.getByRole("alert").filter({ hasText: "This needs a second factor" }).waitFor();
  await page.getByRole("link", { name: "Set up a second factor" }).waitFor();
  await page.goto(`${service.url}/console/`);
  await page.getByText("A second factor is required here").waitFor();
  await page.getByRole("link", { name: "Set up a second factor" }).click();
  await control(page, "enrol-totp").click();
  await submit(page);
  await page.locator("[name=code]").fill(totp(await page.locator(".secret-text").textContent()));
  await submit(page);
  await page.locator("dialog .primary").click();
  await control(page, "users").click();
  await heading(page, "Users");
  await control(page, "me").click();
  await control(page, "update").waitFor();
  assert.equal(await page.getByText("A second factor is required here").count(), 0);
});
