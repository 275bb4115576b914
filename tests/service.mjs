// A separate service for each test.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const root = new URL("..", import.meta.url).pathname;
const usher = process.env.USHER ?? join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug/usher");

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
