"""Processes of a benchmark: a separate Postgres, services, and their cost. All end with the `with` block."""

import contextlib
import http.client
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def tree(pid: int) -> list[int]:
    """A process and its living descendants."""
    children = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found, at = [pid], 0
    while at < len(found):
        found += children.get(found[at], [])
        at += 1
    return found


def cpu_seconds(pid: int) -> float:
    """CPU time of a process and its children."""
    while True:
        members, ticks = tree(pid), 0
        for member in members:
            with contextlib.suppress(OSError):
                fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
                # Its own time, and that of its ended children.
                ticks += sum(int(field) for field in fields[11:15])
        # The time of a process that ended in between would be missing.
        if tree(pid) == members:
            return ticks / TICKS


def machine_busy() -> float:
    """CPU time of the whole machine, in seconds."""
    user, nice, system, _idle, _waiting, interrupt, soft_interrupt, *_ = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    )
    return (user + nice + system + interrupt + soft_interrupt) / TICKS


def resident(pid: int) -> int:
    """Resident memory of a process and its children, in bytes; shared memory counts for each."""
    total = 0
    for member in tree(pid):
        with contextlib.suppress(OSError):
            total += int(Path(f"/proc/{member}/statm").read_text().split()[1]) * PAGE
    return total


def stop(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(40)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def postgres_programs() -> Path:
    """The directory of Postgres on Debian, Fedora or in the PATH."""
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), *Path("/usr").glob("pgsql-*/bin")]
    on_path = shutil.which("postgres")
    places += [Path(on_path).resolve().parent] if on_path else []
    for place in places:
        if (place / "initdb").exists() and (place / "pgbench").exists():
            return place
    raise SystemExit("Postgres with pgbench is not installed: see scripts/install-postgres")


class Postgres:
    """A cluster in a temporary folder, durable as in production, on a socket that only its owner can open."""

    # The same for all contenders: settings for a small machine, and no checkpoints at random times.
    SETTINGS = {
        "listen_addresses": "",
        "shared_buffers": "1GB",
        "max_connections": "200",
        "max_wal_size": "8GB",
        "checkpoint_timeout": "1h",
        "fsync": "on",
        "synchronous_commit": "on",
        "autovacuum_naptime": "10s",
    }

    def __enter__(self) -> "Postgres":
        self.programs = postgres_programs()
        self.home = Path(tempfile.mkdtemp(prefix="usher-bench-"))
        # Postgres does not run as root.
        self.account = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        if self.account:
            owner = pwd.getpwnam("postgres")
            os.chown(self.home, owner.pw_uid, owner.pw_gid)
        cluster = self.home / "cluster"
        self._run(
            "initdb", "--pgdata", cluster, "--username=usher", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"
        )
        settings = [f"--{name}={value}" for name, value in self.SETTINGS.items()]
        log = open("/dev/null", "w")  # noqa: SIM115
        self.process = subprocess.Popen(
            [self.programs / "postgres", "-D", cluster, "-k", self.home, *settings],
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=self.home,
            **self.account,
        )
        self._run("pg_isready", "--host", self.home, "--timeout=20", retry=20)
        return self

    def __exit__(self, *_) -> None:
        # A fast stop: SIGINT ends the sessions.
        self.process.send_signal(2)
        self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    def _run(self, program: str, *arguments, retry: float = 0) -> str:
        deadline = time.monotonic() + retry
        while True:
            done = subprocess.run(
                [self.programs / program, *map(str, arguments)],
                capture_output=True,
                text=True,
                cwd=self.home,
                **self.account,
            )
            if done.returncode == 0:
                return done.stdout
            if time.monotonic() > deadline:
                raise SystemExit(f"{program}: {done.stderr or done.stdout}")
            time.sleep(0.05)

    def create(self, database: str) -> None:
        self.sql("postgres", f'CREATE DATABASE "{database}"')

    def sql(self, database: str, *statements: str) -> str:
        """Runs statements and returns their rows, one per line."""
        commands = [part for statement in statements for part in ("--command", statement)]
        return self._run(
            "psql",
            "--host",
            self.home,
            "--username=usher",
            "--dbname",
            database,
            "--quiet",
            "--no-align",
            "--tuples-only",
            "--set=ON_ERROR_STOP=1",
            *commands,
        ).strip()

    def cancel(self) -> None:
        """Cancels every running statement."""
        self.sql(
            "postgres",
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity "
            "WHERE state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid()",
        )

    def pgbench(self, database: str, script: Path, clients: int, seconds: int, defines: dict[str, str]) -> str:
        # The user of Postgres may be unable to read the repository.
        copy = self.home / script.name
        shutil.copyfile(script, copy)
        copy.chmod(0o644)
        return self._run(
            "pgbench",
            "--host",
            self.home,
            "--username=usher",
            "--no-vacuum",
            "--protocol=prepared",
            f"--client={clients}",
            f"--jobs={min(clients, 2)}",
            f"--time={seconds}",
            f"--file={copy}",
            *[f"--define={name}={value}" for name, value in defines.items()],
            database,
        )

    def url(self, database: str, scheme: str = "postgres") -> str:
        if "+" in scheme:
            return f"{scheme}://usher@/{database}?host={self.home}"
        return f"{scheme}://usher@{str(self.home).replace('/', '%2F')}/{database}"


class Service:
    """A service that listens on a loopback port, from its start until the `with` block ends."""

    def __init__(self, command: list, port: int, ready: str, environment: dict[str, str] | None = None, cwd=None):
        self.port, self.ready = port, ready
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [str(part) for part in command],
            env={**os.environ, **(environment or {})},
            cwd=cwd,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> "Service":
        deadline = self.began + 60
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                stop(self.process)
                raise SystemExit(f"{self.process.args[0]} did not begin to serve")
            time.sleep(0.001)
        self.started_in = time.monotonic() - self.began
        return self

    def __exit__(self, *_) -> None:
        stop(self.process)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", self.ready)
            return connection.getresponse().status < 500
        except OSError:
            return False
        finally:
            connection.close()

    @property
    def pid(self) -> int:
        return self.process.pid
