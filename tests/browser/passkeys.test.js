// Passkeys of Chromium, by its virtual authenticator and by the one of Playwright.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { startService } from "../service.mjs";
import { closeBrowser, openPage, post, query } from "./support.js";

after(closeBrowser);

const ADA = { username: "ada", email: "ada@example.com", password: "grace-hopper-1906" };
const html = await readFile(new URL("passkeys.html", import.meta.url), "utf8");

/** Opens a page of the service's origin that can use passkeys. */
async function openClient(page, service) {
  await page.route(`${service.url}/client`, (route) => route.fulfill({ contentType: "text/html", body: html }));
  await page.goto(`${service.url}/client`);
}

/** A page in a browser with a virtual authenticator, and a function that exchanges the authenticator. */
async function withAuthenticator(t, service, options = {}) {
  const page = await openPage(t, service.url);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const add = (changed) =>
    devtools.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
        ...changed,
      },
    });
  const { authenticatorId } = await add(options);
  await openClient(page, service);
  return {
    page,
    /** Moves the passkey to an authenticator with other options. */
    async exchange(changed) {
      const { credentials } = await devtools.send("WebAuthn.getCredentials", { authenticatorId });
      await devtools.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId });
      const other = await add(changed);
      for (const credential of credentials) await devtools.send("WebAuthn.addCredential", { ...other, credential });
    },
  };
}

async function withAda(t) {
  const service = await startService(t);
  assert.equal(new URL(service.url).hostname, "localhost", "browsers allow no passkeys for an IP address");
  assert.equal((await post(service, "/v1/register", ADA)).status, 201);
  return service;
}

function signIn(page) {
  return page.evaluate(({ username, password }) => signIn(username, password), ADA);
}

/** Enrols the passkey of the page's browser in a new session, and returns the access token of that session. */
async function enrol(page) {
  const { body: token } = await signIn(page);
  const enrolled = await page.evaluate((token) => enrol(token), token.access_token);
  assert.equal(enrolled.status, 201, JSON.stringify(enrolled.body));
  assert.equal(enrolled.body.type, "passkey");
  assert.equal(enrolled.body.name, "laptop");
  assert.equal(enrolled.body.recovery_codes.length, 10);
  return token.access_token;
}

/** Signs in with the passkey alone. */
async function signInAlone(page) {
  const alone = await page.evaluate(() => signInWithPasskey());
  assert.equal(alone.status, 200, JSON.stringify(alone.body));
  const me = await page.evaluate((token) => call("GET", "/v1/me", token), alone.body.access_token);
  assert.equal(me.body.username, ADA.username);
  const claims = JSON.parse(Buffer.from(alone.body.access_token.split(".")[1], "base64url"));
  assert.ok(claims.amr.includes("mfa"), `${claims.amr}`);
}

async function signInAfterPassword(page) {
  const first = await signIn(page);
  assert.equal(first.body.error, "mfa_required");
  assert.deepEqual(first.body.mfa_methods, ["passkey", "recovery_code"]);
  const second = await page.evaluate((token) => secondStep(token), first.body.mfa_token);
  assert.equal(second.status, 200, JSON.stringify(second.body));
}

test("a passkey is enrolled, and signs in without the password and after it", async (t) => {
  const service = await withAda(t);
  const { page } = await withAuthenticator(t, service);
  await enrol(page);
  await signInAlone(page);
  await signInAfterPassword(page);
});

test("a passkey makes a session fresh again", async (t) => {
  const service = await withAda(t);
  const { page } = await withAuthenticator(t, service);
  const token = await enrol(page);
  query(service, "UPDATE sessions SET authenticated_at = created_at - interval '1 hour'");
  const enrolAgain = () =>
    page.evaluate(async (token) => {
      const me = (await call("GET", "/v1/me", token)).body;
      return call("POST", `${me._links.factors.href}/totp`, token);
    }, token);
  assert.equal((await enrolAgain()).body.code, "insufficient_user_authentication");
  const stepped = await page.evaluate((token) => stepUp(token), token);
  assert.equal(stepped.status, 200, JSON.stringify(stepped.body));
  assert.equal(stepped.body.current, true);
  assert.equal((await enrolAgain()).status, 201);
});

// Chromium creates a discoverable credential only with an authenticator that verifies its user.
test("a security key that does not verify its user is a second factor", async (t) => {
  const service = await withAda(t);
  const { page, exchange } = await withAuthenticator(t, service, { transport: "usb" });
  await enrol(page);
  await exchange({ transport: "usb", hasUserVerification: false, isUserVerified: false });
  await signInAfterPassword(page);
});

test("a passkey of Playwright's authenticator is enrolled and signs in, and a copy of it is refused", async (t) => {
  const service = await withAda(t);
  const page = await openPage(t, service.url);
  await page.context().credentials.install();
  await openClient(page, service);
  const token = await enrol(page);
  await signInAlone(page);
  await signInAfterPassword(page);

  const [passkey, ...others] = await page.context().credentials.get({ rpId: "localhost" });
  assert.deepEqual(others, []);
  const elsewhere = await openPage(t, service.url);
  await elsewhere.context().credentials.create(passkey.rpId, passkey);
  await elsewhere.context().credentials.install();
  await openClient(elsewhere, service);
  // The copy counts its signatures from the beginning.
  const copy = await elsewhere.evaluate(() => signInWithPasskey());
  assert.deepEqual([copy.status, copy.body.error], [400, "invalid_grant"]);
  const events = await page.evaluate(async (token) => {
    const me = (await call("GET", "/v1/me", token)).body;
    return (await call("GET", me._links.audit.href, token)).body._embedded.audit_events;
  }, token);
  assert.equal(events.filter(({ action }) => action === "passkey_counter_regressed").length, 1);
  await signInAlone(page);
});
