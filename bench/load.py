"""Load and its results: requests by wrk, statements by pgbench."""

import http.client
import itertools
import json
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from machine import Postgres, Service, cpu_seconds, machine_busy, resident

SCRIPTS = Path(__file__).parent / "load"
runs = itertools.count()


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""

    def line(self) -> str:
        headers = "; ".join(f"{name}: {value}" for name, value in self.headers.items())
        return f"{self.method}\t{self.path}\t{headers}\t{self.body}"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def get(path: str, token: str) -> Request:
    return Request("GET", path, bearer(token))


def send_json(method: str, path: str, body: dict, token: str = "") -> Request:
    headers = {"Content-Type": "application/json"} | (bearer(token) if token else {})
    return Request(method, path, headers, json.dumps(body))


def send_form(path: str, **fields: str) -> Request:
    return Request("POST", path, {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(fields))


def ask(port: int, request: Request) -> tuple[dict, http.client.HTTPMessage]:
    """One request whose response must be successful."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        body = request.body.replace("{n}", f"once{next(runs)}")
        connection.request(request.method, request.path, body or None, request.headers)
        response = connection.getresponse()
        text = response.read().decode()
        if response.status // 100 != 2:
            raise SystemExit(f"{request.method} {request.path} on port {port}: {response.status} {text[:500]}")
        return json.loads(text) if text else {}, response.headers
    finally:
        connection.close()


@dataclass
class Sample:
    """One run. Times in milliseconds; CPU time in seconds; memory of the service halfway through, in bytes."""

    rate: float
    p50: float | None
    p99: float | None
    errors: int = 0
    service_cpu: float = 0
    database_cpu: float = 0
    requests: int = 0
    memory: int = 0


@dataclass
class Result:
    """The median of several runs, by rate."""

    samples: list[Sample]

    @property
    def median(self) -> Sample:
        return sorted(self.samples, key=lambda sample: sample.rate)[len(self.samples) // 2]

    @property
    def rate(self) -> float:
        return self.median.rate

    @property
    def errors(self) -> int:
        return sum(sample.errors for sample in self.samples)

    @property
    def spread(self) -> float:
        rates = [sample.rate for sample in self.samples]
        return (max(rates) - min(rates)) / max(rates) if any(rates) else 0


class Load:
    """Sends requests to one service."""

    def __init__(self, folder: Path, postgres: Postgres):
        self.folder, self.postgres = folder, postgres

    def settle(self) -> None:
        """Waits until abandoned requests are finished, and cancels their statements in Postgres."""
        began = time.monotonic()
        now = machine_busy()
        while True:
            time.sleep(0.2)
            before, now, waited = now, machine_busy(), time.monotonic() - began
            if now - before < 0.04:
                return
            if waited > 120:
                print(f"the machine does not come to rest: {(now - before) / 0.2:.1f} cores are busy", file=sys.stderr)
                return
            if waited > 5:
                self.postgres.cancel()

    def _measured(
        self,
        service: Service,
        seconds: int,
        script: str,
        argument: Path,
        connections: int,
        path: str = "/",
        threads: int = 2,
    ) -> Sample:
        """The output of wrk, and the cost of the run."""
        command = [
            "wrk",
            f"--threads={min(threads, connections)}",
            f"--connections={connections}",
            f"--duration={seconds}s",
            "--timeout=30s",
            f"--script={SCRIPTS / script}",
            f"http://127.0.0.1:{service.port}{path}",
            "--",
            argument,
            f"r{next(runs)}",
        ]
        memory: list[int] = []
        half_way = threading.Timer(seconds / 2, lambda: memory.append(resident(service.pid)))
        service_cpu, database_cpu = cpu_seconds(service.pid), cpu_seconds(self.postgres.process.pid)
        half_way.start()
        done = subprocess.run(command, capture_output=True, text=True)
        service_cpu = cpu_seconds(service.pid) - service_cpu
        database_cpu = cpu_seconds(self.postgres.process.pid) - database_cpu
        half_way.join()
        if done.returncode != 0:
            raise SystemExit(f"wrk: {done.stderr}{done.stdout}")
        told = json.loads(done.stdout.strip().splitlines()[-1])
        return Sample(
            told["requests"] / told["seconds"],
            told["p50"],
            told["p99"],
            told["errors"],
            service_cpu,
            database_cpu,
            told["requests"],
            memory[0],
        )

    def replay(self, service: Service, requests: list[Request], connections: int, seconds: int) -> Sample:
        """Sends these requests repeatedly. Every unsuccessful response is an error."""
        self.settle()
        return self._replay(service, requests, connections, seconds)

    def _replay(self, service: Service, requests: list[Request], connections: int, seconds: int) -> Sample:
        file = self.folder / f"requests-{next(runs)}"
        file.write_text("".join(request.line() + "\n" for request in requests))
        return self._measured(service, seconds, "replay.lua", file, connections)

    def refresh(self, service: Service, path: str, tokens: Path, sessions: int, seconds: int) -> Sample:
        """Refreshes each of this many sessions without a pause."""
        measured = self._measured(service, seconds, "refresh.lua", tokens, sessions, path, sessions)
        Path(f"{tokens}.next").rename(tokens)
        return measured

    def during(
        self, service: Service, storm: list[Request], reads: list[Request], seconds: int
    ) -> tuple[Sample, Sample]:
        """Reads by 32 clients while 16 others send expensive requests."""
        self.settle()
        with ThreadPoolExecutor(1) as pool:
            stormed = pool.submit(self._replay, service, storm, 16, seconds + 2)
            time.sleep(1)
            reads_then = self._replay(service, reads, 32, seconds)
            return reads_then, stormed.result()

    def pgbench(self, database: str, script: Path, clients: int, seconds: int, defines: dict[str, str]) -> Sample:
        self.settle()
        before = cpu_seconds(self.postgres.process.pid)
        told = self.postgres.pgbench(database, script, clients, seconds, defines)
        # The CPU time of its connections is reported when they end, a moment later.
        time.sleep(0.2)
        used = cpu_seconds(self.postgres.process.pid) - before
        rate = float(re.search(r"tps = ([\d.]+)", told)[1])
        done = int(re.search(r"actually processed: (\d+)", told)[1])
        failed = int(re.search(r"failed transactions: (\d+)", told)[1])
        # It reports no percentiles.
        return Sample(rate, None, None, failed, 0, used, done)
