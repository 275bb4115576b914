// Where the clients start, and the user that they register.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as service from "../service.mjs";

/** The user who registers. */
export const ada = { username: "ada", email: "ada@example.com", password: "analytical-engine-1843" };

/** Her later password. */
export const newPassword = "difference-engine-1822";

/** Starts a service. Its `entry` is the only URL that a client gets. */
export async function startService(test, environment) {
  const { url, admin } = await service.startService(test, environment);
  return { entry: `${url}/v1`, admin };
}

/** Runs one of the Python scripts with this argument, and expects it to succeed. */
export async function runPython(script, argument, environment = {}) {
  const python = new URL(".venv/bin/python", import.meta.url).pathname;
  const child = spawn(python, [new URL(script, import.meta.url).pathname, JSON.stringify(argument)], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [code] = await once(child, "exit");
  assert.equal(code, 0);
}
