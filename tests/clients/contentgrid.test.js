// ContentGrid's client is written in Python, so contentgrid_walk.py does the work.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { ada, newPassword, startService } from "./support.js";

const python = new URL(".venv/bin/python", import.meta.url).pathname;
const walk = new URL("contentgrid_walk.py", import.meta.url).pathname;

test("contentgrid-hal-client walks from the root and submits the forms that it finds", async (t) => {
  const { entry, admin } = await startService(t);
  const child = spawn(python, [walk, JSON.stringify({ entry, admin, ada, new_password: newPassword })], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [code] = await once(child, "exit");
  assert.equal(code, 0);
});
