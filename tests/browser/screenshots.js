// Takes the pictures of docs/getting-started/console.md, from a service whose users registered and signed in. `make screenshots`
// runs it.

import { mkdir } from "node:fs/promises";
import { startService } from "../service.mjs";
import { apiAs, control, openConsole, PASSWORD, register, settled, signedIn, signIn, submit, userNamed } from "./console.js";
import { closeBrowser, query, token, totp } from "./support.js";

const images = new URL("../../docs/images/", import.meta.url);
const NAMES = "ada grace alan barbara edsger donald margaret john tony radia leslie tim vint frances niklaus".split(" ");

/** Days that have gone by in the pictures. */
const DAYS = 30;
/** How many people sign in on each day of the week, at first, and how many register. */
const SIGN_INS = [1, 5, 5, 4, 4, 3, 2];
const NEWCOMERS = [0, 2, 0, 1, 1, 0, 0];

const cleanups = [];
const run = { after: (cleanup) => cleanups.push(cleanup) };
const service = await startService(run, { USHER_RATE_LIMIT: "off" });

/** Requests of a day. What the service has counted until then becomes a day older before. */
async function liveThrough(day) {
  query(service, GROW_OLDER);
  const weekday = day % SIGN_INS.length;
  for (const username of newcomers.splice(0, NEWCOMERS[weekday])) {
    await register(service, username);
    users.push(username);
  }
  for (let n = 0; n < SIGN_INS[weekday] * (1 + day / DAYS); n++) {
    const username = users[(n * 7 + day) % users.length];
    const isTypo = (n + day) % 9 === 3;
    await token(service, { grant_type: "password", username, password: isTypo ? "wrong" : PASSWORD });
  }
}

const newcomers = [...NAMES];
const users = newcomers.splice(0, 1);

/** Moves each day to the one before, the earliest first, so that no two are ever the same. */
const GROW_OLDER = `DO $$ DECLARE d date; BEGIN
  FOR d IN SELECT day FROM daily_counts UNION SELECT day FROM active_users UNION SELECT day FROM daily_statistics ORDER BY 1 LOOP
    UPDATE daily_counts SET day = d - 1 WHERE day = d;
    UPDATE active_users SET day = d - 1 WHERE day = d;
    UPDATE daily_statistics SET day = d - 1 WHERE day = d;
  END LOOP;
  UPDATE users SET created_at = created_at - interval '1 day', updated_at = updated_at - interval '1 day',
    last_login_at = last_login_at - interval '1 day';
END $$`;

for (const username of users) await register(service, username);
for (let day = 0; day < DAYS; day++) await liveThrough(day);
const admin = await apiAs(service, service.admin);
const roles = await admin.get("/v1/roles");
const permissions = ["audit.read", "sessions.read", "users.lift-throttle", "users.read", "users.send-password-reset"];
await admin.send("POST", roles._links.create.href, { name: "support", description: "Helps users to sign in", permissions });
const grace = await userNamed(admin, "grace");
await admin.send("PATCH", grace._links.self.href, { role: "support" });
await admin.send("POST", (await userNamed(admin, "alan"))._links.suspend.href);

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
await page.getByRole("link", { name: "grace", exact: true }).click();
await take("user");
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
await page.setViewportSize({ width: 390, height: 720 });
await page.emulateMedia({ colorScheme: "dark" });
await go("v1/users");
await take("phone");

for (const cleanup of cleanups.reverse()) await cleanup();
await closeBrowser();
