// Lists of the console: searched, filtered, ordered and walked, each with an address. And the overview.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { startService } from "../service.mjs";
import { apiAs, clear, consoleAs, control, heading, register, submit, userNamed } from "./console.js";
import { closeBrowser, query } from "./support.js";

const service = await startService({ after });
beforeEach(() => clear(service));
after(closeBrowser);

/** Inserts this many users, `user1` and so on. Each tenth is suspended. */
function insertUsers(service, count) {
  query(
    service,
    `INSERT INTO users (id, username, username_key, email, email_key, role, status, email_verified, version, created_at, updated_at)
     SELECT gen_random_uuid(), 'user' || n, 'user' || n, 'user' || n || '@example.com', 'user' || n || '@example.com', 'user',
       CASE WHEN n % 10 = 0 THEN 'suspended' ELSE 'active' END, true, 1, now(), now() FROM generate_series(1, ${count}) AS n`,
  );
}

test("a list is searched, filtered, ordered and walked, and the back button goes back", async (t) => {
  insertUsers(service, 500);
  const page = await consoleAs(t, service, service.admin, "/console/v1/users");
  await page.getByText("1–20 of 501").waitFor();
  await control(page, "next").click();
  await page.getByText("21–40 of 501").waitFor();
  await control(page, "next").click();
  await page.getByText("41–60 of 501").waitFor();
  await page.goBack();
  await page.getByText("21–40 of 501").waitFor();
  await control(page, "prev").click();
  await page.getByText("1–20 of 501").waitFor();
  await control(page, "last").click();
  await page.getByText("501–501 of 501").waitFor();
  await control(page, "first").click();
  await page.getByText("1–20 of 501").waitFor();

  await page.getByRole("searchbox").fill("user49");
  await page.getByText("1–11 of 11").waitFor();
  await page.getByRole("button", { name: "Filters", exact: true }).click();
  await page.getByLabel("Status").selectOption("suspended");
  await page.getByText("1–1 of 1").waitFor();
  assert.match(page.url(), /[?&]q=user49&status=suspended(&|$)/);
  await page.reload();
  await page.getByText("1–1 of 1").waitFor();
  assert.equal(await page.getByRole("searchbox").inputValue(), "user49");
  await page.getByRole("searchbox").fill("nobody-has-this");
  await page.getByText("Nothing matches these filters.").waitFor();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.getByText("1–20 of 501").waitFor();

  await page.getByRole("button", { name: "Username", exact: true }).click();
  await page.waitForURL(/sort=username/);
  assert.equal(await page.getByRole("columnheader", { name: "Username" }).getAttribute("aria-sort"), "ascending");
  await page.getByRole("button", { name: "Username", exact: true }).click();
  await page.waitForURL(/sort=-username/);
  await page.getByRole("link", { name: "user99", exact: true }).waitFor();
});

test("who turns the pages of a list loses the links that a demotion has taken", async (t) => {
  insertUsers(service, 50);
  const ada = await register(service, "ada");
  const admin = await apiAs(service, service.admin);
  await admin.send("POST", (await admin.get("/v1/roles"))._links.create.href, { name: "reader", permissions: ["users.read"] });
  const { self } = (await userNamed(admin, "ada"))._links;
  await admin.send("PATCH", self.href, { role: "admin" });
  const page = await consoleAs(t, service, ada, "/console/v1/users");
  await page.getByText("1–20 of 52").waitFor();
  await page.locator(".side [data-rel=roles]").waitFor();
  assert.equal((await admin.send("PATCH", self.href, { role: "reader" })).code, 200);
  await control(page, "next").click();
  await page.getByText("21–40 of 52").waitFor();
  await page.locator(".side [data-rel=roles]").waitFor({ state: "detached" });
});

test("one step back from a search is the list before it, not each letter of it", async (t) => {
  insertUsers(service, 30);
  const page = await consoleAs(t, service, service.admin, "/console/v1/users");
  await page.getByText("1–20 of 31").waitFor();
  const search = page.getByRole("searchbox");
  await search.focus();
  for (const [letters, found] of [["user", "1–20 of 30"], ["1", "1–11 of 11"], ["2 ", "1–1 of 1"]]) {
    await page.keyboard.type(letters);
    await page.getByText(found).waitFor();
  }
  assert.equal(await search.inputValue(), "user12 ", "what is typed stays as it is");
  await page.goBack();
  await page.getByText("1–20 of 31").waitFor();
  assert.equal(await search.inputValue(), "");
});

test("from a user one gets back to the list as it was left, also when the user is deleted", async (t) => {
  insertUsers(service, 30);
  const page = await consoleAs(t, service, service.admin, "/console/v1/users?q=user&sort=-username");
  await control(page, "next").click();
  await page.getByText("21–30 of 30").waitFor();
  const address = page.url();
  await page.getByRole("link", { name: "user15", exact: true }).click();
  await heading(page, "user15");
  await control(page, "audit").last().click();
  await page.getByRole("heading", { name: "Activity" }).waitFor();
  await page.locator("main").getByRole("link", { name: "Users", exact: true }).click();
  await page.getByText("21–30 of 30").waitFor();
  assert.equal(page.url(), address);
  await page.getByRole("link", { name: "user15", exact: true }).click();
  await control(page, "delete").click();
  await submit(page);
  await page.getByText("21–29 of 29").waitFor();
  assert.equal(page.url(), address);
});

test("a dialog that was closed is not opened again by the back button", async (t) => {
  const page = await consoleAs(t, service, service.admin, "/console/v1/roles");
  await control(page, "users").click();
  await heading(page, "Users");
  await control(page, "create").click();
  await page.locator("dialog").waitFor();
  for (let n = 0; n < 2; n++) await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  await heading(page, "Users");
  await page.goBack();
  await heading(page, "Roles");
  assert.equal(await page.locator("dialog").count(), 0);
  await page.goto(`${service.url}/console/v1/roles#create`);
  await page.locator("dialog").waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.locator("dialog").waitFor({ state: "detached" });
  assert.equal(page.url(), `${service.url}/console/v1/roles`);
});

test("the filters of a list below a user are part of the address, and the back button goes back", async (t) => {
  const ada = await register(service, "ada");
  const page = await consoleAs(t, service, ada, "/console/v1/me#audit");
  await page.getByText("1–2 of 2").waitFor();
  await page.getByRole("button", { name: "Filters" }).click();
  const what = page.getByLabel("Event");
  await page.waitForFunction(() => document.querySelector("select[name=action]")?.length > 30);
  await what.selectOption({ label: "Signed in" });
  await page.getByText("1–1 of 1").waitFor();
  assert.equal(new URL(page.url()).hash, "#audit?action=signed_in");
  await page.reload();
  await page.getByText("1–1 of 1").waitFor();
  await page.waitForFunction(() => document.querySelector("select[name=action]")?.value === "signed_in");
  await page.goBack();
  await page.getByText("1–2 of 2").waitFor();
});

test("a filter that is refused says why at its field, and can be corrected", async (t) => {
  const page = await consoleAs(t, service, service.admin, "/console/v1/audit-events");
  await page.getByRole("table").waitFor();
  await page.getByRole("button", { name: "Filters" }).click();
  const about = page.getByLabel("Target");
  await about.fill("ada");
  await page.keyboard.press("Enter");
  await page.locator(".field-fault", { hasText: "UUID" }).waitFor();
  assert.equal(await about.getAttribute("aria-invalid"), "true");
  const { id } = await (await apiAs(service, service.admin)).get("/v1/me");
  await about.fill(id);
  await page.keyboard.press("Enter");
  await page.getByRole("table").waitFor();
  assert.equal(await page.locator(".field-fault").count(), 0);
});

test("the filter of roles suggests those of the form to create a user", async (t) => {
  const page = await consoleAs(t, service, service.admin, "/console/v1/users");
  await page.getByRole("button", { name: "Filters" }).click();
  const role = page.getByLabel("Role");
  const list = await role.getAttribute("list");
  const options = await page.locator(`[id="${list}"] option`).evaluateAll((all) => all.map(({ value }) => value));
  assert.deepEqual(options.sort(), ["admin", "user"]);
  await role.fill("admin");
  await page.keyboard.press("Enter");
  await page.getByText("1–1 of 1").waitFor();
});

test("the overview shows numbers by day as charts, with a table behind each, for the chosen period", async (t) => {
  const page = await consoleAs(t, service, service.admin);
  let hasDescription = false;
  page.on("request", (request) => (hasDescription ||= request.url().endsWith("/openapi.json")));
  await page.reload();
  await heading(page, "Overview");
  for (const name of ["Registrations", "Sign-ins", "Failed sign-ins", "Active users"]) {
    const chart = page.locator(".chart", { has: page.getByRole("heading", { name, exact: true }) });
    assert.match(await chart.getByRole("img").getAttribute("aria-label"), new RegExp(`^${name}: .*\\d`));
    await chart.getByText("Show as a table").click();
    assert.equal(await chart.getByRole("row").count(), 31, "a head and 30 days");
  }
  for (const name of ["By status", "By role"]) await page.getByRole("heading", { name, exact: true }).waitFor();
  assert.equal(hasDescription, false, "the description of the API is loaded when a period is chosen");
  await page.locator(".period select").selectOption("7");
  await page.waitForURL(/days=7$/);
  await page.waitForFunction(() => document.querySelectorAll(".chart-day").length === 4 * 7);
  await page.getByText("Days are in UTC.").waitFor();
  await page.goto(`${service.url}/console/v1/statistics?days=14`);
  await page.waitForFunction(() => document.querySelector(".period select")?.value === "14");
  await page.waitForFunction(() => document.querySelectorAll(".chart-day").length === 4 * 14);
  await page.locator(".period select").focus();
  await page.waitForFunction(() => document.querySelector(".period").textContent.includes("366 days"));
  const periods = await page.locator(".period option").allTextContents();
  assert.deepEqual(periods, ["7 days", "14 days", "30 days", "90 days", "366 days"]);
});
