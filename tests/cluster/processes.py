"""Processes of the cluster. Each has a log of its own and is stopped by its id."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

# Longer than any step takes, also on a busy machine.
START_STOP_TIMEOUT = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def program(name: str, install: str) -> str:
    """The path of a program. Daemons are not in every user's PATH."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])
    found = shutil.which(name, path=path)
    if not found:
        raise SystemExit(f"{name} is not installed: see {install}")
    return found


class Account:
    """The user that Postgres and PgBouncer run as: they refuse to run as root."""

    def __init__(self) -> None:
        self.owner = None
        if os.geteuid() == 0:
            known = {entry.pw_name: entry for entry in pwd.getpwall()}
            self.owner = known.get("postgres") or known["nobody"]

    def arguments(self) -> dict:
        """For `subprocess`."""
        if not self.owner:
            return {}
        return {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []}

    def give(self, path: Path) -> Path:
        if self.owner:
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)
        return path


def wait_until(what: str, holds: Callable[[], object], timeout: float = START_STOP_TIMEOUT) -> None:
    deadline = time.monotonic() + timeout
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited in vain for {what}")
        time.sleep(0.02)


class Process:
    """A program that runs until it is stopped, and its output."""

    def __init__(self, name: str, command: list, folder: Path, account: Account | None = None, **options) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                [str(part) for part in command],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=options.pop("stdout", log),
                stderr=log,
                # Only the script handles Ctrl-C, and stops everything in order.
                start_new_session=True,
                **(account.arguments() if account else {}),
                **options,
            )

    @property
    def pid(self) -> int:
        return self.child.pid

    def lives(self) -> bool:
        return self.child.poll() is None

    def ready_when(self, holds: Callable[[], object]) -> None:
        """Waits until it is ready or has exited."""
        wait_until(f"{self.name} to be ready", lambda: not self.lives() or holds())
        if not self.lives():
            raise RuntimeError(f"{self.name} ended with {self.child.returncode}:\n{self.tail()}")

    def stop(self, signal_: signal.Signals = signal.SIGTERM) -> int:
        """Asks it to end, waits, and returns its exit status."""
        if self.lives():
            self.child.send_signal(signal_)
        try:
            return self.child.wait(START_STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.child.kill()
            return self.child.wait()

    def kill(self) -> None:
        """Kills it and all its children at once, like a power failure."""
        for pid in [self.pid, *children(self.pid)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.child.wait()

    def tail(self, lines: int = 20) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def children(parent: int) -> list[int]:
    """The children of this process."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent:
                found.append(int(entry.name))
    return found
