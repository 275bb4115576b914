// The whole tour against a real service: `sdk/with-service npm test`.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { connect, form, granted, pages, Refusal, type Problem, type Token, type User, type Usher } from "usher-client";

function setting(name: string): string {
  const value = process.env[name];
  assert.ok(value, `${name} is not set; run this by sdk/with-service`);
  return value;
}

const url = setting("USHER_URL");

/** Signs in; what comes back asks as that user. */
async function signIn(username: string, password: string): Promise<{ usher: Usher; token: Token }> {
  const token = granted(
    await connect(url).POST("/v1/oauth/token", {
      body: { grant_type: "password", username, password },
      headers: form,
    }),
  );
  return { usher: connect(url, () => token.access_token), token };
}

test("a user registers, signs in, stays signed in, changes and goes", async () => {
  const nobody = connect(url);
  const registered = granted(
    await nobody.POST("/v1/register", {
      body: { username: "ada", email: "ada@example.com", password: "analytical-engine" },
    }),
  );
  assert.equal(registered.role, "user");
  assert.equal(registered._links.token?.href, "/v1/oauth/token");

  const { token } = await signIn("ada", "analytical-engine");
  const next = granted(
    await nobody.POST("/v1/oauth/token", {
      body: { grant_type: "refresh_token", refresh_token: token.refresh_token },
      headers: form,
    }),
  );
  assert.notEqual(next.refresh_token, token.refresh_token);
  const ada = connect(url, () => next.access_token);

  const me = await ada.GET("/v1/me");
  const user: User = granted(me);
  assert.equal(user.id, registered.id);
  assert.equal(user._links.update?.method, "PATCH");
  assert.equal(user._links.suspend, undefined);

  const path = { id: user.id };
  const etag = me.response.headers.get("etag");
  assert.ok(etag);
  const change = { params: { path, header: { "If-Match": etag } }, body: { username: "ada.lovelace" } };
  assert.equal(granted(await ada.PATCH("/v1/users/{id}", change)).username, "ada.lovelace");
  const late = await ada.PATCH("/v1/users/{id}", { ...change, body: { username: "ada" } });
  assert.equal(late.response.status, 412);
  assert.equal(late.error?.code, "precondition_failed");

  granted(await ada.DELETE("/v1/users/{id}", { params: { path } }));
  const gone = await ada.GET("/v1/me");
  assert.equal(gone.response.status, 401);
  assert.equal(gone.error?.code, "invalid_token");
});

test("what is wrong with the input is told all at once, in types", async () => {
  const answer = await connect(url).POST("/v1/register", {
    body: { username: "x", email: "nowhere", password: "short" },
  });
  const problem: Problem | undefined = answer.error;
  assert.equal(problem?.code, "invalid_input");
  assert.deepEqual(problem.errors?.map((fault) => fault.pointer).sort(), ["/email", "/password", "/username"]);
  assert.throws(
    () => granted(answer),
    (thrown) => thrown instanceof Refusal && thrown.status === 400 && thrown.code === "invalid_input",
  );
});

test("a sign-in that is refused is an OAuth error", async () => {
  await assert.rejects(
    signIn("nobody-at-all", "analytical-engine"),
    (thrown) => thrown instanceof Refusal && thrown.status === 400 && thrown.code === "invalid_grant",
  );
});

/** The code that an authenticator app shows at this time (RFC 6238). */
function totp(secret: string, at: number): string {
  const bits = [...secret].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"));
  const key = Buffer.from((bits.join("").match(/.{8}/g) ?? []).map((octet) => Number.parseInt(octet, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac("sha1", key).update(step).digest();
  const number = mac.readUInt32BE(mac.readUInt8(19) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

test("a user with a second factor signs in in two steps, and proves it again where that is needed", async () => {
  const password = "difference-engine";
  const nobody = connect(url);
  const { id } = granted(
    await nobody.POST("/v1/register", { body: { username: "joan", email: "joan@example.com", password } }),
  );
  const { usher: joan } = await signIn("joan", password);
  const { usher: earlier } = await signIn("joan", password);

  const params = { path: { id } };
  const now = Date.now();
  const app = granted(await joan.POST("/v1/users/{id}/factors/totp", { params, body: { name: "phone" } }));
  const factor = { params: { path: { id, factor_id: app.id } } };
  const confirm = "/v1/users/{id}/factors/{factor_id}/confirm";
  const confirmed = granted(await joan.POST(confirm, { ...factor, body: { code: totp(app.secret, now) } }));
  const [recoveryCode] = confirmed.recovery_codes ?? [];
  assert.ok(recoveryCode);
  const types: string[] = [];
  for await (const page of pages(joan, await joan.GET("/v1/users/{id}/factors", { params }))) {
    types.push(...page._embedded.factors.map((listed) => listed.type));
  }
  assert.deepEqual(types.sort(), ["recovery_codes", "totp"]);

  const required = await signIn("joan", password).then(
    () => assert.fail("signed in without the second factor"),
    (thrown: unknown) => thrown,
  );
  assert.ok(required instanceof Refusal);
  assert.equal(required.code, "mfa_required");
  assert.match(required.message, /second factor/);
  assert.deepEqual(required.oauth?.mfa_methods, ["totp", "recovery_code"]);
  const mfaToken = required.oauth.mfa_token;
  assert.ok(mfaToken);
  const secondStep = async (otp: string) =>
    nobody.POST("/v1/oauth/token", {
      body: { grant_type: "urn:usher:grant:mfa", mfa_token: mfaToken, otp },
      headers: form,
    });
  const used = await secondStep(totp(app.secret, now));
  assert.throws(
    () => granted(used),
    (thrown) => thrown instanceof Refusal && thrown.code === "invalid_grant" && thrown.oauth?.code === "wrong_code",
  );
  const token = granted(await secondStep(totp(app.secret, now + 30_000)));
  assert.equal(granted(await connect(url, () => token.access_token).GET("/v1/me")).username, "joan");

  // The first factor has made the other session stale.
  const stale = await earlier.POST("/v1/users/{id}/factors/totp", { params });
  assert.equal(stale.error?.code, "insufficient_user_authentication");
  const stepped = granted(await earlier.POST("/v1/step-up", { body: { password, recovery_code: recoveryCode } }));
  assert.ok(stepped.methods.includes("mfa"));
  granted(await earlier.POST("/v1/users/{id}/factors/totp", { params }));
});

test("an admin walks the list by its links", async () => {
  const { usher: admin } = await signIn("admin", setting("USHER_ADMIN_PASSWORD"));
  const names = ["walker-1", "walker-2", "walker-3", "walker-4", "walker-5"];
  for (const username of names) {
    granted(await admin.POST("/v1/users", { body: { username, email: `${username}@example.com`, role: "user" } }));
  }
  const query = { q: "walker-", sort: "-username", limit: 2 } as const;
  const seen: string[] = [];
  const sizes: number[] = [];
  for await (const page of pages(admin, await admin.GET("/v1/users", { params: { query } }))) {
    assert.equal(page.total, names.length);
    sizes.push(page._embedded.users.length);
    seen.push(...page._embedded.users.map((user) => user.username));
  }
  assert.deepEqual(sizes, [2, 2, 1]);
  assert.deepEqual(seen, [...names].reverse());
});

test("audit events are pages too", async () => {
  const { usher: admin } = await signIn("admin", setting("USHER_ADMIN_PASSWORD"));
  const first = await admin.GET("/v1/audit-events", { params: { query: { action: "signed_in", sort: "at" } } });
  for await (const page of pages(admin, first)) {
    for (const event of page._embedded.audit_events) assert.equal(event.action, "signed_in");
  }
  assert.ok(granted(first)._embedded.audit_events.length > 0);
});

test("a role allows what its permissions name, from the next request on", async () => {
  const { usher: admin } = await signIn("admin", setting("USHER_ADMIN_PASSWORD"));
  const support = granted(
    await admin.POST("/v1/roles", {
      body: { name: "support", description: "Answers users", permissions: ["users.lift-throttle", "users.read"] },
    }),
  );
  assert.deepEqual([support.built_in, support.users], [false, 0]);
  const names: string[] = [];
  for await (const page of pages(admin, await admin.GET("/v1/roles", { params: { query: { limit: 2 } } }))) {
    names.push(...page._embedded.roles.map((role) => role.name));
  }
  assert.deepEqual(names, ["admin", "user", "support"]);

  const password = "difference-engine";
  const created = ["grace", "alan"].map(async (username) =>
    granted(
      await admin.POST("/v1/users", {
        body: { username, email: `${username}@example.com`, password, role: username === "grace" ? "support" : "user" },
      }),
    ),
  );
  const [, alan] = await Promise.all(created);
  assert.ok(alan);

  const { usher: grace } = await signIn("grace", password);
  const root = granted(await grace.GET("/v1"));
  assert.ok(root._links.users);
  assert.deepEqual([root._links.roles, root._links.audit], [undefined, undefined]);
  const list = granted(await grace.GET("/v1/users", { params: { query: { role: "support" } } }));
  assert.deepEqual([list.total, list._links.create], [1, undefined]);

  const params = { path: { id: alan.id } };
  const seen = granted(await grace.GET("/v1/users/{id}", { params }));
  assert.deepEqual([seen._links.update, seen._links.suspend, seen._links.delete], [undefined, undefined, undefined]);
  const refused = await grace.POST("/v1/users/{id}/suspend", { params });
  assert.equal(refused.error?.code, "not_allowed");

  const permissions = [...support.permissions, "users.suspend" as const];
  granted(await admin.PATCH("/v1/roles/{name}", { params: { path: { name: "support" } }, body: { permissions } }));
  assert.ok(granted(await grace.GET("/v1/users/{id}", { params }))._links.suspend);
  assert.equal(granted(await grace.POST("/v1/users/{id}/suspend", { params })).status, "suspended");
  const taken = await admin.DELETE("/v1/roles/{name}", { params: { path: { name: "support" } } });
  assert.equal(taken.error?.code, "role_in_use");
});
