// The console shows what the API offers, and nothing else: for each kind of caller, and for links and forms that it has never seen.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startService } from "../service.mjs";
import { apiAs, consoleAs, control, heading, register, settled, submit, totp } from "./console.js";
import { query } from "./support.js";

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

/** The service with a user of each kind. */
async function withCallers(t) {
  const service = await startService(t);
  const admin = await apiAs(service, service.admin);
  const { _links: roles } = await admin.get("/v1/roles");
  const permissions = ["users.read", "users.suspend", "sessions.read", "audit.read", "roles.read"];
  await admin.send("POST", roles.create.href, { name: "support", permissions });
  const callers = { admin: service.admin };
  for (const name of ["ada", "grace", "second", "stale"]) callers[name] = await register(service, name);
  const give = async (name, role) => {
    const [user] = (await admin.get(`/v1/users?q=${name}`))._embedded.users;
    assert.equal((await admin.send("PATCH", user._links.self.href, { role })).code, 200);
  };
  await give("grace", "support");
  return { service, callers, give };
}

/** Compares each place that the caller can reach with what the API says about it. */
async function compare(t, service, caller) {
  const api = await apiAs(service, caller);
  const page = await consoleAs(t, service, caller);
  if (caller.isStale) query(service, "UPDATE sessions SET created_at = created_at - interval '1 day', authenticated_at = NULL");
  const entry = await api.get("/v1");
  await settled(page);
  assert.deepEqual(await shown(page, ".side"), offered(entry));

  const visit = async (href, trail, ...resources) => {
    await page.goto(`${service.url}/console${href}${trail}`);
    await settled(page);
    assert.deepEqual(await shown(page, "main"), offered(...resources), `${caller.username} at ${href}${trail}`);
  };
  for (const relation of ["users", "roles", "audit"].filter((relation) => entry._links[relation])) {
    const { href } = entry._links[relation];
    const list = await api.get(href);
    await visit(href, "", list);
    const items = Object.values(list._embedded)[0].filter((item) => item._links.self);
    for (const item of items.slice(0, 6)) {
      const resource = await api.get(item._links.self.href);
      await visit(item._links.self.href, "", resource);
    }
  }
  const me = await api.get(entry._links.me.href);
  await visit(entry._links.me.href, "", me);
  for (const tab of ["sessions", "factors", "api-keys", "audit"]) {
    const list = await api.get(me._links[tab].href);
    const tabs = Object.fromEntries(Object.entries(me._links).filter(([relation]) => ["sessions", "factors", "api-keys", "audit"].includes(relation)));
    await visit(entry._links.me.href, `#${tab}`, { _links: tabs }, list, ...Object.values(list._embedded)[0]);
  }
}

test("a user, an admin, the last admin and somebody with a role of their own see what the API offers", async (t) => {
  const { service, callers, give } = await withCallers(t);
  for (const name of ["ada", "grace", "admin"]) await compare(t, service, callers[name]);
  await give("second", "admin");
  await compare(t, service, callers.second);
  await compare(t, service, { ...callers.stale, isStale: true });
});

test("every form of a list, a user and an account can be opened, and has the fields of its template", async (t) => {
  const { service, callers } = await withCallers(t);
  const api = await apiAs(service, callers.admin);
  const page = await consoleAs(t, service, callers.admin);
  const [ada] = (await api.get("/v1/users?q=ada"))._embedded.users;
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

test("a link that the console has never seen becomes a button with a usable form, and goes with the link", async (t) => {
  const service = await startService(t);
  const ada = await register(service, "ada");
  const page = await consoleAs(t, service, ada, "/console/about");
  let isOffered = true;
  const sent = [];
  await page.route(`${service.url}/v1/me`, async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    if (isOffered) {
      const href = `${body._links.self.href}/notes`;
      body._links["attach-note"] = { href, method: "POST" };
      body._templates["attach-note"] = {
        method: "POST",
        target: href,
        contentType: "application/json",
        properties: [
          { name: "body_text", prompt: "What the note says", type: "text", required: true, minLength: 3, maxLength: 20 },
          { name: "colour", prompt: "How it looks", required: false, options: { inline: ["red", "blue"], maxItems: 1 } },
          { name: "readers", prompt: "Who may read it", options: { inline: ["a", "b"], minItems: 1, maxItems: 2, multiple: true } },
          { name: "pinned", prompt: "Whether it stays on top", type: "checkbox", required: false },
        ],
      };
      delete body._links["change-password"];
    }
    await route.fulfill({ response, json: body });
  });
  await page.route("**/notes", (route) => {
    sent.push(route.request().postDataJSON());
    return route.fulfill({ status: 204 });
  });
  await control(page, "me").click();
  await heading(page, "ada");
  assert.equal(await control(page, "change-password").count(), 0, "without its link there is no button");
  await page.getByRole("button", { name: "Attach note" }).click();
  await submit(page);
  await page.getByText("This field is required.").waitFor();
  await page.getByLabel("Body text").fill("a");
  await page.getByLabel("Colour").selectOption("blue");
  await page.getByText("Enter at least 3 characters.").waitFor();
  await page.getByLabel("Body text").fill("buy milk");
  await page.getByLabel("B", { exact: true }).check();
  await page.getByLabel("Pinned").check();
  await submit(page);
  await page.locator("dialog").waitFor({ state: "detached" });
  assert.deepEqual(sent, [{ body_text: "buy milk", colour: "blue", readers: ["b"], pinned: true }]);

  isOffered = false;
  await page.reload();
  await heading(page, "ada");
  assert.equal(await control(page, "attach-note").count(), 0);
  await control(page, "change-password").waitFor();
  await page.unrouteAll({ behavior: "ignoreErrors" });
});

test("a list that the console has never seen is shown with its items and their buttons", async (t) => {
  const service = await startService(t);
  const ada = await register(service, "ada");
  const page = await consoleAs(t, service, ada, "/console/about");
  const remove = { href: "/v1/notes/1", method: "DELETE" };
  const template = { method: "DELETE", target: remove.href, contentType: "application/json", properties: [] };
  await page.route(`${service.url}/v1/me`, async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    body._links["notes"] = { href: "/v1/notes" };
    await route.fulfill({ response, json: body });
  });
  const removed = [];
  await page.route(`${service.url}/v1/notes`, (route) =>
    route.fulfill({
      contentType: "application/prs.hal-forms+json",
      json: {
        total: 1,
        limit: 20,
        offset: 0,
        _embedded: { notes: [{ id: "1", text: "Buy milk", _links: { "throw-away": remove }, _templates: { "throw-away": template } }] },
        _links: { self: { href: "/v1/notes" } },
        _templates: {},
      },
    }),
  );
  await page.route(`${service.url}/v1/notes/1`, (route) => (removed.push(route.request().method()), route.fulfill({ status: 204 })));
  await control(page, "me").click();
  await control(page, "notes").click();
  await page.getByRole("cell", { name: "Buy milk", exact: true }).waitFor();
  await control(page, "throw-away").click();
  await page.getByText("This cannot be undone.").waitFor();
  await submit(page);
  await page.locator("dialog").waitFor({ state: "detached" });
  assert.deepEqual(removed, ["DELETE"]);
  await page.unrouteAll({ behavior: "ignoreErrors" });
});

test("the overview shows numbers by day as charts, with a table behind each, for the chosen period", async (t) => {
  const service = await startService(t);
  const page = await consoleAs(t, service, service.admin);
  await heading(page, "Overview");
  for (const name of ["Registrations", "Sign-ins", "Failed sign-ins", "Active users"]) {
    const chart = page.locator(".chart", { has: page.getByRole("heading", { name, exact: true }) });
    assert.match(await chart.getByRole("img").getAttribute("aria-label"), new RegExp(`^${name}: .*\\d`));
    await chart.getByText("Show as a table").click();
    assert.equal(await chart.getByRole("row").count(), 31, "a head and 30 days");
  }
  for (const name of ["By status", "By role"]) await page.getByRole("heading", { name, exact: true }).waitFor();
  await page.locator(".period select").selectOption("7");
  await page.waitForURL(/days=7$/);
  await page.waitForFunction(() => document.querySelectorAll(".chart-day").length === 4 * 7);
});

test("whoever has to enrol a second factor can do that, and then everything", async (t) => {
  const service = await startService(t, { USHER_REQUIRE_MFA: "privileged" });
  const page = await consoleAs(t, service, service.admin, "/console/v1/users");
  await page.getByRole("link", { name: "Set up a second factor" }).click();
  await control(page, "enrol-totp").click();
  await submit(page);
  await page.locator("[name=code]").fill(totp(await page.locator(".secret-text").textContent()));
  await submit(page);
  await page.locator("dialog .primary").click();
  await control(page, "users").click();
  await heading(page, "Users");
});
