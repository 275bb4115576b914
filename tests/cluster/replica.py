"""A replica of the service."""

import os
import signal
import subprocess
from pathlib import Path

from processes import Process, free_port

# Twice the time in which the proxy notices: it checks every 250 ms and removes a replica after the second failure.
DRAIN = "2s"


class Replica:
    """A `usher serve` that keeps its port when it is started again."""

    def __init__(self, name: str, binary: Path, folder: Path, settings: dict[str, str]) -> None:
        self.name, self.binary, self.folder = name, binary, folder
        self.port = free_port()
        self.process: Process | None = None
        self.settings = {
            "USHER_LISTEN": f"127.0.0.1:{self.port}",
            "USHER_DATA_DIR": str(folder / f"{name}.data"),
            "USHER_DRAIN": DRAIN,
            "USHER_LOG": "warn",
            "PATH": os.environ.get("PATH", ""),
            **settings,
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts it and waits for its ready line."""
        command = [self.binary, "serve"]
        self.process = Process(self.name, command, self.folder, stdout=subprocess.PIPE, env=self.settings, text=True)
        line = self.process.child.stdout.readline()
        if not line.startswith("usher is ready"):
            raise RuntimeError(f"{self.name} did not begin to serve:\n{self.process.tail()}")

    def stop(self) -> None:
        """Sends SIGTERM; the exit status must be 0."""
        if not self.process:
            return
        status = self.process.stop(signal.SIGTERM)
        self.process.child.stdout.close()
        if status:
            raise RuntimeError(f"{self.name} ended with {status}:\n{self.process.tail()}")

    def kill(self) -> None:
        """Kills it, as a power failure does."""
        self.process.kill()
        self.process.child.stdout.close()
        self.process = None
