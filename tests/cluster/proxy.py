"""HAProxy in front of the replicas."""

import csv
import io
import socket
from pathlib import Path

from processes import Process, free_port, program, wait_until

CONFIGURATION = """\
global
    stats socket {control} mode 600 level admin

defaults
    mode http
    timeout connect 1s
    timeout client 60s
    # Longer than the longest response of the service.
    timeout server 60s
    timeout http-keep-alive 60s
    option forwardfor
    # Another replica is tried only if no connection could be made: a request that may have been read may have been executed.
    retries 3
    option redispatch 1
    retry-on conn-failure
    # If no replica is ready, clients get the same response as from the service.
    http-error status 503 content-type application/problem+json string {problem} hdr Retry-After 1 hdr Cache-Control no-store

frontend clients
    bind 127.0.0.1:{port}
    default_backend replicas

backend replicas
    balance roundrobin
    option httpchk GET /health/ready
    http-check expect status 200
    default-server check inter 250ms fall 2 rise 2
{servers}
"""
PROBLEM = (
    '{"type":"urn:usher:problem:unavailable","title":"Service Unavailable","status":503,'
    '"detail":"The service is temporarily unavailable. Try again soon.","code":"unavailable"}'
)


class Proxy:
    """An HAProxy that checks whether each replica is ready."""

    def __init__(self, folder: Path, replicas: dict[str, int]) -> None:
        self.port = free_port()
        self.control = folder / "haproxy.sock"
        servers = "\n".join(f"    server {name} 127.0.0.1:{port}" for name, port in replicas.items())
        problem = PROBLEM.replace(" ", "\\ ").replace('"', '\\"')
        file = folder / "haproxy.cfg"
        file.write_text(CONFIGURATION.format(control=self.control, port=self.port, servers=servers, problem=problem))
        self.process = Process(
            "haproxy", [program("haproxy", "scripts/install-cluster"), "-db", "-f", file], folder
        )
        self.process.ready_when(self.control.exists)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_for(self, name: str) -> None:
        """Waits until it sends requests to a replica."""
        wait_until(f"HAProxy to find {name} ready", lambda: self._status(name) == "UP")

    def stop(self) -> None:
        self.process.stop()

    def _status(self, name: str) -> str:
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(str(self.control))
            control.sendall(b"show stat\n")
            answer = b"".join(iter(lambda: control.recv(65536), b"")).decode()
        for row in csv.DictReader(io.StringIO(answer.removeprefix("# "))):
            if row["pxname"] == "replicas" and row["svname"] == name:
                return row["status"]
        raise KeyError(name)
