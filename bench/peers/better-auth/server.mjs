// better-auth as its documentation begins: e-mail and password, bearer tokens, the admin plugin, Postgres. Two workers, as
// the others have.
import cluster from "node:cluster";
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { admin, bearer } from "better-auth/plugins";
import pg from "pg";

const [, , host, database, port] = process.argv;
const auth = betterAuth({
  database: new pg.Pool({ host, database, user: "usher", max: 10 }),
  baseURL: `http://127.0.0.1:${port}`,
  secret: "a secret that only this benchmark knows",
  emailAndPassword: { enabled: true },
  plugins: [admin(), bearer()],
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { level: "error" },
});

if (cluster.isPrimary) {
  const { runMigrations } = await getMigrations(auth.options);
  await runMigrations();
  for (let n = 0; n < 2; n++) cluster.fork();
  process.on("SIGTERM", () => {
    for (const worker of Object.values(cluster.workers)) worker.kill();
    process.exit();
  });
} else {
  createServer(toNodeHandler(auth)).listen(Number(port), "127.0.0.1");
}
