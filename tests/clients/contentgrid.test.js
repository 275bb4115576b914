// ContentGrid's client is written in Python, so contentgrid_walk.py does the work.

import { test } from "node:test";
import { ada, newPassword, runPython, startService } from "./support.js";

test("contentgrid-hal-client walks from the root and submits the forms that it finds", async (t) => {
  const { entry, admin } = await startService(t);
  await runPython("contentgrid_walk.py", { entry, admin, ada, new_password: newPassword });
});
