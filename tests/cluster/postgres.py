"""A Postgres of the cluster: a primary, or a standby that follows one."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

from processes import Account, Process, free_port, wait_until

USER = DATABASE = "usher"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": 450,
    "fsync": "on",
    # A commit is acknowledged when the standby has it on disk too, so a failover loses no acknowledged write. Whether the standby
    # also shows it already (`remote_apply`) matters only for reads from the standby, and there are none.
    "synchronous_commit": "on",
    "wal_keep_size": "256MB",
}


def programs() -> Path:
    """The directory of Postgres on Debian, Fedora or in the PATH."""
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), *Path("/usr").glob("pgsql-*/bin")]
    on_path = shutil.which("postgres")
    places += [Path(on_path).resolve().parent] if on_path else []
    for place in places:
        if (place / "initdb").exists() and (place / "pg_basebackup").exists():
            return place
    raise SystemExit("Postgres is not installed: see scripts/install-postgres")


class Postgres:
    """One node, which must be initialized as a primary or a standby first."""

    def __init__(self, name: str, folder: Path, account: Account, password: str) -> None:
        self.name, self.folder, self.account, self.password = name, folder, account, password
        self.port = free_port()
        self.data = folder / name
        self.process: Process | None = None

    def begin(self) -> None:
        """Makes it a primary with an empty database."""
        # In production use scram-sha-256. A debug build would spend most of its time on the 4,096 rounds of each connection.
        secret = self.account.give(_written(self.folder / "password", self.password))
        self._run(
            "initdb", "--pgdata", self.data, f"--username={USER}", f"--pwfile={secret}",
            "--auth=md5", "--encoding=UTF8", "--locale=C.UTF-8",
        )  # fmt: skip
        secret.unlink()
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in SETTINGS.items())
        self.start()
        self.sql(f"CREATE DATABASE {DATABASE}", database="postgres")

    def follow(self, primary: "Postgres") -> None:
        """Makes it a standby of a primary, which then waits for it at each commit."""
        self._run(
            "pg_basebackup", "--pgdata", self.data, "--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast",
            "--dbname", f"host=127.0.0.1 port={primary.port} user={USER} application_name={self.name}",
        )  # fmt: skip
        self.start()
        primary.sql(f"ALTER SYSTEM SET synchronous_standby_names = '{self.name}'", "SELECT pg_reload_conf()")
        primary.wait_for_standby()

    def start(self) -> None:
        command = [programs() / "postgres", "-D", self.data, f"--port={self.port}"]
        self.process = Process(self.name, command, self.folder, self.account)
        self.process.ready_when(self._answers)

    def wait_for_standby(self) -> None:
        """Waits until commits wait for the standby."""
        followed = "SELECT FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = 'sync'"
        wait_until("a synchronous standby", lambda: self.sql(f"SELECT EXISTS ({followed})") == "t")

    def promote(self) -> None:
        """Promotes a standby, once it has replayed everything that it has received."""
        self.sql("SELECT pg_promote()")

    def stop(self) -> None:
        # A fast stop: SIGINT ends the sessions.
        if self.process:
            self.process.stop(signal.SIGINT)

    def sql(self, *statements: str, database: str = DATABASE) -> str:
        """Runs statements and returns their rows, one per line."""
        return psql(self.port, self.password, database, *statements)

    def _answers(self) -> bool:
        asked = ["pg_isready", "--host=127.0.0.1", f"--port={self.port}", "--quiet"]
        return subprocess.run([programs() / asked[0], *asked[1:]], check=False).returncode == 0

    def _run(self, name: str, *arguments) -> None:
        done = subprocess.run(
            [programs() / name, *map(str, arguments)],
            capture_output=True, text=True, cwd=self.folder,
            env={**os.environ, "PGPASSWORD": self.password}, check=False,
            **self.account.arguments(),
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stderr or done.stdout}")


def psql(port: int, password: str, database: str, *statements: str) -> str:
    """Runs statements and returns their rows, one per line, with columns separated by `|`."""
    commands = [part for statement in statements for part in ("--command", statement)]
    done = subprocess.run(
        [programs() / "psql", "--host=127.0.0.1", f"--port={port}", f"--username={USER}", f"--dbname={database}",
         "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1", *commands],
        capture_output=True, text=True, env={**os.environ, "PGPASSWORD": password}, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"psql: {done.stderr}")
    return done.stdout.strip()


def _written(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(text)
    return path
