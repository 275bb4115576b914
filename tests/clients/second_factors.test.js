// Other implementations of one-time codes, of Web Authentication and of OAuth. Most are written in Python, so scripts do the work.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import * as oauth from "oauth4webapi";
import { ada, runPython, startService } from "./support.js";

// Otherwise oauthlib refuses a service without TLS.
const environment = { OAUTHLIB_INSECURE_TRANSPORT: "1" };

/** The script passes on a service of its own. */
async function pass(t, script, settings) {
  const { entry } = await startService(t, settings);
  await runPython(script, { entry, ada }, environment);
}

test("pyotp and oathtool compute the codes that the service accepts", (t) => pass(t, "totp_walk.py"));

test("python-fido2 agrees on passkeys that are accepted and refused", (t) =>
  pass(t, "fido2_walk.py", { USHER_RATE_LIMIT: "off" }));

test("requests-oauthlib reports that a second factor is required", (t) => pass(t, "oauth_walk.py"));

test("oauth4webapi reports that a second factor is required, and sends it as an extension grant", async (t) => {
  const { entry } = await startService(t);
  const confirmed = await enrolTotp(entry);

  const insecure = { [oauth.allowInsecureRequests]: true };
  const issuer = new URL(new URL(entry).origin);
  const discovered = await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...insecure });
  const server = await oauth.processDiscoveryResponse(issuer, discovered);
  assert.ok(server.grant_types_supported.includes("urn:usher:grant:mfa"));
  const client = { client_id: "usher" };
  const request = async (grantType, parameters) => {
    const answer = await oauth.genericTokenEndpointRequest(server, client, oauth.None(), grantType, parameters, insecure);
    return oauth.processGenericTokenEndpointResponse(server, client, answer);
  };

  let required;
  await assert.rejects(request("password", { username: ada.username, password: ada.password }), (thrown) => {
    required = thrown;
    return thrown instanceof oauth.ResponseBodyError && thrown.error === "mfa_required" && thrown.status === 400;
  });
  assert.match(required.error_description, /second factor/);
  // The error has the other members too.
  const { mfa_token } = required.cause;
  const token = await request("urn:usher:grant:mfa", { mfa_token, recovery_code: confirmed.recovery_codes[0] });
  assert.equal(token.token_type, "bearer");
});

/** Registers Ada with an authenticator app, and returns the answer that has her recovery codes. */
async function enrolTotp(entry) {
  const send = async (href, body, token) => {
    const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
    const answer = await fetch(new URL(href, entry), { method: "POST", headers, body: JSON.stringify(body) });
    assert.ok(answer.ok, await answer.clone().text());
    return answer.json();
  };
  const { id, _links: links } = await send("/v1/register", ada);
  const body = new URLSearchParams({ grant_type: "password", username: ada.username, password: ada.password });
  const answer = await fetch(new URL(links.token.href, entry), { method: "POST", body });
  const { access_token: token } = await answer.json();
  const enrolled = await send(`/v1/users/${id}/factors/totp`, {}, token);
  const { stdout } = await promisify(execFile)("oathtool", ["--totp", "--base32", enrolled.secret]);
  return send(enrolled._links.confirm.href, { code: stdout.trim() }, token);
}
