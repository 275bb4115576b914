#!/usr/bin/env python3
"""Benchmarks usher, a baseline and its peers, on one machine, in one run: `make bench`.

Every workload is sent to each contender in turn, three times, so that other load on the machine affects all of them alike; the
median of the three counts. BENCH=quick is a short run over few users that tests the harness, not the speed.
"""

import http.client
import os
import re
import resource
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import report
from contenders import BetterAuth, Contender, FastApi, FastApiUsers, Floor, Usher, Workloads, python, serving
from load import Load, Request, Result, Sample
from machine import Postgres, Service, resident

HERE = Path(__file__).parent
MODE = os.environ.get("BENCH") or "full"
QUICK = MODE == "quick"
SIZES = {"quick": (1_000, 2_000), "full": (1_000, 100_000, 1_000_000), "large": (1_000_000, 10_000_000)}[MODE]
USERS = SIZES[-1]
ROUNDS = 1 if QUICK else 3
SECONDS = 1 if QUICK else 2
# A short run would miss most requests of a contender that answers only a few in a second.
LONGER = {"sign_in": 2, "register": 2} if QUICK else {"sign_in": 16, "register": 4, "list": 6, "offset": 6}
# These only hash, with any number of clients; the others have 32 clients.
CONNECTIONS = {"sign_in": 16, "register": 16, "get_many": 128}
CURVE = (1, 32, 1000) if QUICK else (1, 4, 16, 32, 128, 1000)

# With several of the contenders, in this order: workloads that write many rows come last.
SIDE_BY_SIDE = (
    "get",
    "get_key",
    "get_many",
    "get_own",
    "list",
    "page",
    "page_support",
    "next",
    "offset",
    "search",
    "statistics",
    "sign_in",
    "register",
    "update",
    "create",
    "mixed",
)
STATEMENTS = {"get": "get.sql", "get_many": "get.sql", "update": "update.sql", "create": "create.sql"}


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)


class Benchmark:
    def __init__(self, postgres: Postgres, load: Load):
        self.postgres, self.load = postgres, load
        self.results: dict[str, dict[str, Result]] = {}
        self.facts: dict[str, object] = {}

    def note(self, workload: str, who: str, result: Result) -> None:
        self.results.setdefault(workload, {})[who] = result
        median = result.median
        say(
            f"{workload:14} {who:14} {result.rate:10.1f}/s  p50 {report.milliseconds(median.p50)} ms  "
            f"p99 {report.milliseconds(median.p99)} ms  errors {result.errors}  spread {result.spread:.0%}"
        )

    def side_by_side(
        self,
        workload: str,
        usher: Usher,
        contenders: list[Contender],
        services: dict[str, Service],
        requests: dict[str, Workloads],
    ) -> None:
        """One workload on all contenders that support it, and on Postgres alone; for sign-ins also hashing alone."""
        seconds = LONGER.get(workload, SECONDS)
        connections = CONNECTIONS.get(workload, 32)
        who = [contender.label for contender in contenders if workload in requests[contender.label]]
        samples: dict[str, list[Sample]] = {label: [] for label in who}
        for label in who:
            self.load.replay(services[label], requests[label][workload], connections, 1)
        statements = STATEMENTS.get(workload)
        if statements:
            samples["pgbench"] = []
            script, defines = HERE / "sql" / statements, usher.pgbench_defines()
            probes = {
                clients: self.load.pgbench(usher.database, script, clients, 1, defines) for clients in (8, 16, 32)
            }
            clients = max(probes, key=lambda count: probes[count].rate)
        hashes: list[dict[str, float]] = []
        for _ in range(ROUNDS):
            if workload == "sign_in":
                self.load.settle()
                hashes.append(hash_seconds())
            for label in who:
                samples[label].append(
                    self.load.replay(services[label], requests[label][workload], connections, seconds)
                )
            if statements:
                samples["pgbench"].append(self.load.pgbench(usher.database, script, clients, seconds, defines))
        for label, taken in samples.items():
            self.note(workload, label, Result(taken))
        if hashes:
            self.facts["bcrypt_seconds"] = {
                how: statistics.median(took[how] for took in hashes) for how in ("alone", "together")
            }

    def refresh(self, usher: Usher, service: Service) -> None:
        tokens = self.load.folder / "refresh-tokens"
        tokens.write_text("\n".join(usher.refresh_tokens()) + "\n")
        taken = [self.load.refresh(service, "/v1/oauth/token", tokens, 16, SECONDS) for _ in range(1 + ROUNDS)]
        self.note("refresh", usher.label, Result(taken[1:]))

    def storm(self, contenders: list[Contender], services: dict[str, Service], requests: dict[str, Workloads]) -> None:
        """Reads while 16 clients sign in."""
        for contender in contenders:
            if "sign_in" not in requests[contender.label]:
                continue
            label, its = contender.label, requests[contender.label]
            taken = [self.load.during(services[label], its["sign_in"], its["get"], SECONDS + 1) for _ in range(ROUNDS)]
            self.note("storm", label, Result([reads for reads, _ in taken]))
            self.note("storm_sign_in", label, Result([storm for _, storm in taken]))

    def crowd(self, contenders: list[Contender], services: dict[str, Service], requests: dict[str, Workloads]) -> None:
        """A thousand clients at once, and their memory."""
        memory = {}
        for contender in contenders:
            label = contender.label
            # Opening a thousand connections takes a moment.
            taken = [
                self.load.replay(services[label], requests[label]["get"], 1000, SECONDS + 1) for _ in range(ROUNDS)
            ]
            memory[label] = max(sample.memory for sample in taken)
            self.note("crowd", label, Result(taken))
        self.facts["memory_crowd"] = memory

    def curve(self, label: str, service: Service, gets: list[Request]) -> None:
        """From one client to a thousand."""
        for clients in CURVE:
            taken = [self.load.replay(service, gets, clients, SECONDS) for _ in range(ROUNDS)]
            self.note(f"connections/{clients}", label, Result(taken))

    def size(self, usher: Usher) -> None:
        """The same requests among this many users."""
        with usher.start() as service:
            requests = usher.workloads()
            for workload in report.BY_USERS:
                self.load.replay(service, requests[workload], 32, 1)
                taken = [self.load.replay(service, requests[workload], 32, SECONDS) for _ in range(ROUNDS)]
                self.note(f"users/{usher.users}/{workload}", usher.label, Result(taken))

    def starts(self, usher: Usher) -> None:
        """Time from start to the first response, and memory while idle."""
        took, idle = [], []
        for _ in range(5):
            with usher.start() as service:
                took.append(service.started_in)
                time.sleep(1)
                idle.append(resident(service.pid))
        self.facts["start_ms"] = statistics.median(took) * 1000
        self.facts["memory_idle"] = {usher.label: statistics.median(idle)}

    def walk(self, usher: Usher, service: Service) -> None:
        """Walks by `next` from the first page to the last, 100 users on each."""
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
        headers = {"Authorization": f"Bearer {usher.admin_token}"}
        path, took, seen = "/v1/users?limit=100", [], set()
        while path:
            began = time.perf_counter()
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            body = response.read()
            took.append(time.perf_counter() - began)
            assert response.status == 200, body
            seen.update(re.findall(rb'"id":"([0-9a-f-]{36})"', body))
            path = next(iter(re.findall(r'<([^>]*)>; rel="next"', response.headers["Link"])), None)
        connection.close()
        expected = int(self.postgres.sql(usher.database, "SELECT count(*) FROM users"))
        assert len(seen) == expected, f"a walk met {len(seen)} of {expected} users"
        tenth = len(took) // 10
        parts = [statistics.median(took[at * tenth : (at + 1) * tenth]) * 1000 for at in range(10)]
        self.facts["walk"] = {"pages": len(took), "users": len(seen), "seconds": sum(took), "tenths_ms": parts}
        say(f"walked {len(seen)} users on {len(took)} pages in {sum(took):.1f} s")


def hash_seconds() -> dict[str, float]:
    """One bcrypt of cost 12: alone, and while every core does the same."""
    code = (
        "import bcrypt, time; h = bcrypt.hashpw(password, bcrypt.gensalt(12)); began = time.perf_counter(); "
        "[bcrypt.checkpw(password, h) for _ in range(6)]; print((time.perf_counter() - began) / 6)"
    )
    alone = float(python(code))
    with ThreadPoolExecutor() as pool:
        together = [float(took) for took in pool.map(python, [code] * os.cpu_count())]
    return {"alone": alone, "together": statistics.mean(together)}


def measure(benchmark: Benchmark, binary: Path, floor: Path) -> None:
    postgres = benchmark.postgres
    for users in SIZES[:-1]:
        say(f"seeding {users} users")
        benchmark.size(Usher(postgres, users, binary))
    say(f"seeding {USERS} users")
    usher = Usher(postgres, USERS, binary)
    benchmark.size(usher)
    if MODE == "large":
        return
    benchmark.starts(usher)
    say("seeding the peers")
    contenders = [
        usher,
        Floor(postgres, USERS, floor),
        FastApi(postgres, USERS),
        FastApiUsers(postgres, USERS),
        BetterAuth(postgres, USERS),
    ]
    postgres.sql(usher.database, "CHECKPOINT")
    with serving(*contenders) as services:
        idle = {contender.label: resident(services[contender.label].pid) for contender in contenders[1:]}
        benchmark.facts["memory_idle"] |= idle
        requests = {contender.label: contender.workloads() for contender in contenders}
        benchmark.walk(usher, services["usher"])
        benchmark.curve("usher", services["usher"], requests["usher"]["get"])
        for workload in SIDE_BY_SIDE:
            benchmark.side_by_side(workload, usher, contenders, services, requests)
        benchmark.refresh(usher, services["usher"])
        benchmark.storm(contenders, services, requests)
        benchmark.crowd(contenders, services, requests)


def main() -> None:
    binary, floor = map(Path, sys.argv[1:3])
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    began = time.monotonic()
    with Postgres() as postgres:
        folder = postgres.home / "requests"
        folder.mkdir()
        benchmark = Benchmark(postgres, Load(folder, postgres))
        measure(benchmark, binary, floor)
    benchmark.facts |= {
        "users": USERS,
        "rounds": "one run" if QUICK else "three runs",
        "took_seconds": time.monotonic() - began,
    }
    results = HERE / "results"
    report.write(results, MODE, benchmark.results, benchmark.facts)
    print((results / f"{MODE}.md").read_text())
    say(f"that is {results / MODE}.md; pictures are beside it")


if __name__ == "__main__":
    main()
