// Links, forms and lists that the console has never seen.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { startAlteredService, startService } from "../service.mjs";
import {
  clear,
  consoleAs,
  control,
  heading,
  openConsole,
  PASSWORD,
  register,
  settled,
  signedOut,
  signIn,
  submit,
} from "./console.js";
import { closeBrowser } from "./support.js";

const service = await startService({ after });
beforeEach(() => clear(service));
after(closeBrowser);

test("a link that the console has never seen becomes a button with a usable form, and goes with the link", async (t) => {
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

test("an answer that the console has never seen shows what is shown once, and the form that comes next", async (t) => {
  const ada = await register(service, "ada");
  const page = await consoleAs(t, service, ada, "/console/about");
  const form = (target, properties) => ({ method: "POST", target, contentType: "application/json", properties });
  const json = (route, status, json, headers) =>
    route.fulfill({ status, headers, contentType: "application/prs.hal-forms+json", json });
  await page.route(`${service.url}/v1/me`, async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    body._links["add-printer"] = { href: "/v1/printers", method: "POST" };
    body._templates["add-printer"] = form("/v1/printers", []);
    await route.fulfill({ response, json: body });
  });
  const printer = { id: "7", label: "Second floor", _links: { self: { href: "/v1/printers/7" } } };
  let isReadable = true;
  await page.route("**/v1/printers/7", (route) => (isReadable ? json(route, 200, printer) : json(route, 500, {})));
  await page.route("**/v1/printers", (route) => {
    const pair = form("/v1/printers/7/pair", [{ name: "number_shown", type: "text", required: true }]);
    const answer = { ...printer, pairing_word: "tangerine", _templates: { pair } };
    return json(route, 201, answer, { Location: "/v1/printers/7" });
  });
  const sent = [];
  await page.route("**/v1/printers/7/pair", (route) => {
    sent.push(route.request().postDataJSON());
    return json(route, 200, { ...printer, master_word: "clementine" });
  });
  await control(page, "me").click();
  await page.getByRole("button", { name: "Add printer" }).click();
  await submit(page);
  await page.locator("dialog").getByText("tangerine").waitFor();
  assert.equal(await page.locator("dialog").getByText("Second floor").count(), 0, "what can be read later is not a secret");
  await page.getByLabel("Number shown").fill("42");
  await submit(page);
  await page.locator("dialog").getByText("clementine").waitFor();
  assert.deepEqual(sent, [{ number_shown: "42" }]);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "I have saved it" }).click();
  await page.locator("dialog").waitFor({ state: "detached" });

  isReadable = false;
  await page.getByRole("button", { name: "Add printer" }).click();
  await submit(page);
  await page.locator("dialog").getByText("tangerine").waitFor();
  assert.equal(await page.locator("dialog form").count(), 0, "what may be readable asks for no other form");
  await page.getByRole("button", { name: "I have saved it" }).click();
  await page.locator("dialog").waitFor({ state: "detached" });
  await page.unrouteAll({ behavior: "ignoreErrors" });
});

test("a link of an item whose value is an object has a control in a list", async (t) => {
  const page = await consoleAs(t, service, service.admin, "/console/about");
  await page.route(`${service.url}/v1/audit-events`, async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    for (const event of body._embedded.audit_events) event._links = { ...event._links, actor: { href: "/v1/me" } };
    await route.fulfill({ response, json: body });
  });
  await control(page, "audit").click();
  await page.getByRole("link", { name: /^Actor: / }).first().click();
  await page.waitForURL(`${service.url}/console/v1/me`);
  await page.unrouteAll({ behavior: "ignoreErrors" });
});

test("a service whose table has other operations has their buttons and forms, and not those of operations that are gone", async (t) => {
  const altered = await startAlteredService(t);
  const ada = await register(altered, "ada");
  const page = await consoleAs(t, altered, altered.admin, "/console/v1/users");
  await page.getByRole("button", { name: "Invite" }).click();
  await submit(page);
  await page.getByText("This field is required.").first().waitFor();
  await page.getByLabel("Username").fill("grace");
  await page.getByLabel("E-mail address").fill("grace@example.com");
  await page.getByLabel("Password", { exact: false }).first().fill(PASSWORD);
  await submit(page);
  await heading(page, "grace");

  await page.goto(`${altered.url}/console/v1/users`);
  await page.getByRole("link", { name: ada.username, exact: true }).click();
  await heading(page, ada.username);
  await settled(page);
  assert.equal(await control(page, "delete").count(), 0, "its operation is gone");
  await control(page, "suspend").waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await submit(page);
  await page.getByText("Suspended", { exact: true }).waitFor();
  await control(page, "reactivate").waitFor();
  await control(page, "pause").waitFor({ state: "detached" });
});

test("links of the entry, of statistics, of lists and of their items have controls too", async (t) => {
  const altered = await startAlteredService(t);
  const page = await openConsole(t, altered, {}, "/console/");
  await signedOut(page);
  const save = async () => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Export" }).click()]);
    assert.equal(download.suggestedFilename(), "service.json");
  };
  await save();
  await page.getByRole("link", { name: "Onboard" }).click();
  await page.locator("[name=username]").waitFor();
  await page.getByRole("link", { name: "Back to sign-in" }).click();
  await signIn(page, altered.admin);
  await heading(page, "Overview");
  await save();

  await page.getByRole("button", { name: "Onboard" }).click();
  await page.locator("dialog [name=username]").fill("grace");
  await page.locator("dialog [name=email]").fill("grace@example.com");
  await page.locator("dialog [name=password]").fill(PASSWORD);
  await submit(page);
  await heading(page, "grace");

  await page.goto(`${altered.url}/console/`);
  await page.locator("main").getByRole("button", { name: "Remind" }).click();
  await page.locator("dialog [name=email]").fill("grace@example.com");
  await submit(page);
  await page.getByText("Your request has been accepted.").waitFor();
  await heading(page, "Overview");

  await page.goto(`${altered.url}/console/v1/users`);
  await page.locator("main").getByRole("link", { name: "Members" }).click();
  await page.waitForURL(`${altered.url}/console/v1/members`);
  await heading(page, "Users");
});
