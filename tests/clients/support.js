// Where the clients begin, and who comes.

import * as service from "../service.mjs";

/** Whoever registers. */
export const ada = { username: "ada", email: "ada@example.com", password: "analytical-engine-1843" };

/** What she chooses later. */
export const newPassword = "difference-engine-1822";

/** Starts a service; its `entry` is the only URL that a client is given. */
export async function startService(test) {
  const { url, admin } = await service.startService(test);
  return { entry: `${url}/v1`, admin };
}
