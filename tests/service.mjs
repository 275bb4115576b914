// A separate service for each test.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const root = new URL("..", import.meta.url).pathname;
const built = join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug");
const usher = process.env.USHER ?? join(built, "usher");

/** Starts a service on a private Postgres; `test` stops it. The first admin is `admin`. */
export async function startService(test, environment = {}) {
  const home = await mkdtemp(join(tmpdir(), "usher-test-"));
  // If this runs as root, Postgres runs as another user, who must be able to reach it.
  await chmod(home, 0o755);
  const dataDir = join(home, "data");
  const child = spawn(usher, ["serve"], {
    cwd: home,
    env: {
      PATH: process.env.PATH,
      USHER_DATA_DIR: dataDir,
      USHER_LISTEN: "127.0.0.1:0",
      USHER_BCRYPT_COST: "10",
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stderr.on("data", (text) => (log += text));
  const ended = once(child, "exit");
  test.after(async () => {
    child.kill("SIGTERM");
    await ended;
    await rm(home, { recursive: true, force: true });
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const { value: ready } = await lines.next();
  const url = /^usher is ready on (\S+)/.exec(ready ?? "")?.[1];
  assert.ok(url, `no ready line but ${ready}; the log: ${log}`);
  const password = (await readFile(join(dataDir, "admin_password"), "utf8")).trim();
  return { url, dataDir, admin: { username: "admin", password } };
}

/**
 * Starts a service whose table of operations is not that of the release: a user can be paused, a user can be invited, and no user can
 * be deleted. The first admin is `root`.
 */
export async function startAlteredService(test) {
  // It ends when its input ends.
  const child = spawn(join(built, "examples/altered_table"), { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  test.after(async () => {
    child.stdin.end();
    await ended;
  });
  const { value: url } = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
  assert.match(url ?? "", /^http:/);
  return { url, admin: { username: "root", password: "grace-hopper-1906" } };
}
