// A browser that detects forbidden behaviour of pages, and helpers for the tests.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { readFile, readdir } from "node:fs/promises";
import { createServer, request } from "node:http";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { chromium } from "playwright-core";

/** Time within which a mail must arrive, in milliseconds. */
const WAIT_TIMEOUT = 20_000;

/** Sends JSON to a service. */
export function post({ url }, path, body) {
  return fetch(url + path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** The answer of the token endpoint. */
export async function token({ url }, fields) {
  return (await fetch(`${url}/v1/oauth/token`, { method: "POST", body: new URLSearchParams(fields) })).json();
}

/** Enrols an authenticator app for the account, and returns it with one of the recovery codes. */
export async function enrolTotp({ url, admin }, { username, password } = admin, name = undefined) {
  const { access_token } = await token({ url }, { grant_type: "password", username, password });
  const send = async (method, path, body) => {
    const headers = { Authorization: `Bearer ${access_token}`, "Content-Type": "application/json" };
    const answer = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
    assert.ok(answer.ok, await answer.clone().text());
    return answer.json();
  };
  const me = await send("GET", "/v1/me");
  const app = await send("POST", `${me._links.factors.href}/totp`, { name });
  const { recovery_codes } = await send("POST", app._links.confirm.href, { code: totp(app.secret) });
  return { app, recoveryCode: recovery_codes[0] };
}

/** The code that an authenticator app shows now (RFC 6238), or so many steps of 30 s later. */
export function totp(secret, ahead = 0) {
  const bits = [...secret].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"));
  const key = Buffer.from(bits.join("").match(/.{8}/g).map((octet) => Number.parseInt(octet, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const mac = createHmac("sha1", key).update(step).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

/** The link in the latest mail with this subject, as soon as there is one. */
export async function mailTo({ dataDir }, address, subject) {
  const outbox = join(dataDir, "outbox");
  for (const end = Date.now() + WAIT_TIMEOUT; Date.now() < end; await setTimeout(50)) {
    const names = await readdir(outbox).catch(() => []);
    for (const name of names.sort().reverse()) {
      const mail = await readFile(join(outbox, name), "utf8");
      if (!mail.includes(`\r\nTo: ${address}\r\n`) || !mail.includes(`\r\nSubject: ${subject}\r\n`)) continue;
      return /^http\S+$/m.exec(mail)[0];
    }
  }
  return assert.fail(`no mail "${subject}" to ${address}`);
}

/** Runs SQL on the service's private Postgres. */
export function query({ dataDir }, statement) {
  const connection = ["--host", join(dataDir, "socket"), "--username", "usher", "--dbname", "usher"];
  execFileSync("psql", [...connection, "--quiet", "--set", "ON_ERROR_STOP=1", "--command", statement]);
}

/**
 * A proxy in front of services, each by the prefix that it strips from the path, as many do: `targets[prefix]()` is the URL of one.
 * `test` stops it.
 */
export async function startProxy(test, targets) {
  const server = createServer((from, to) => {
    const prefix = Object.keys(targets).find((prefix) => from.url.startsWith(`${prefix}/`));
    if (prefix === undefined) {
      to.writeHead(404).end();
      return;
    }
    const passed = request(targets[prefix]() + from.url.slice(prefix.length), { method: from.method, headers: from.headers }, (answer) => {
      to.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(to);
    });
    passed.on("error", () => to.writeHead(502).end());
    from.pipe(passed);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  test.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

/** The browser of all pages of a file of tests. */
let browser;

function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** Ends the browser; each file that opens pages does so after its tests. */
export async function closeBrowser() {
  await (await browser)?.close();
}

/**
 * A page in Chromium, with cookies of its own. When `test` ends, it must not have violated a policy, thrown an error or contacted
 * another host.
 */
export async function openPage(test, origin, options = {}) {
  browser ??= launch();
  const page = await (await browser).newPage(options);
  const faults = [];
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("console", (message) => {
    // Chromium reports 4xx responses as errors too; the test judges them.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
      faults.push(`console: ${message.text()}`);
    }
  });
  page.on("request", (asked) => {
    const { protocol, origin: host } = new URL(asked.url());
    if (!["data:", "blob:"].includes(protocol) && host !== origin) faults.push(`request: ${asked.url()}`);
  });
  test.after(async () => {
    await page.context().close();
    assert.deepEqual(faults, []);
  });
  return page;
}
