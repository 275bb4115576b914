// Takes the pictures of docs/getting-started/console.md, from a service with invented users. `make screenshots` runs it.

import { mkdir } from "node:fs/promises";
import { startService } from "../service.mjs";
import { apiAs, control, openConsole, PASSWORD, settled, signedIn, signIn, submit, totp } from "./console.js";

const images = new URL("../../docs/images/", import.meta.url);
const NAMES = "ada grace alan barbara edsger donald margaret john tony radia leslie tim vint frances niklaus";

const cleanups = [];
const run = { after: (cleanup) => cleanups.push(cleanup) };
const service = await startService(run);
const admin = await apiAs(service, service.admin);
const roles = await admin.get("/v1/roles");
const permissions = ["audit.read", "sessions.read", "users.lift-throttle", "users.read", "users.send-password-reset"];
await admin.send("POST", roles._links.create.href, { name: "support", description: "Helps users to sign in", permissions });
const users = await admin.get("/v1/users");
for (const username of NAMES.split(" ")) {
  const role = username === "grace" ? "support" : "user";
  const user = { username, email: `${username}@example.com`, password: PASSWORD, role };
  const created = await admin.send("POST", users._links.create.href, user);
  if (username === "alan") await admin.send("POST", created._links.suspend.href);
  else await apiAs(service, user);
}

await mkdir(images, { recursive: true });
const page = await openConsole(run, service, { viewport: { width: 1200, height: 720 }, reducedMotion: "reduce" });
const go = (place) => page.goto(`${service.url}/console/${place}`);

async function take(name) {
  await settled(page);
  await page.screenshot({ path: new URL(`console-${name}.png`, images).pathname });
}

await take("sign-in");
await signIn(page, service.admin);
await signedIn(page);
await take("overview");
await go("v1/users");
await take("users");
await go("v1/roles#create");
await page.locator("dialog").waitFor();
await page.locator("dialog [name=name]").fill("auditor");
await page.locator("dialog [value='audit.read']").check();
await take("role");
await page.getByLabel("Close").click();
await control(page, "me").click();
await control(page, "factors").click();
await control(page, "enrol-totp").click();
await page.locator("dialog [name=name]").fill("Phone");
await submit(page);
await page.locator("[name=code]").fill(totp(await page.locator(".secret-text").textContent()));
await submit(page);
await page.locator("dialog .primary").click();
await page.locator("dialog").waitFor({ state: "detached" });
await take("factors");

for (const cleanup of cleanups.reverse()) await cleanup();
