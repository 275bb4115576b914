// Where the clients start, and the user that they register.

import * as service from "../service.mjs";

/** The user who registers. */
export const ada = { username: "ada", email: "ada@example.com", password: "analytical-engine-1843" };

/** Her later password. */
export const newPassword = "difference-engine-1822";

/** Starts a service. Its `entry` is the only URL that a client gets. */
export async function startService(test) {
  const { url, admin } = await service.startService(test);
  return { entry: `${url}/v1`, admin };
}
