"""Clients that write continuously and keep a journal of what the service has acknowledged, and the comparison of their journals
with the database."""

import threading
import time
from collections import Counter
from pathlib import Path

from clients import Answer, Client
from postgres import Postgres
from processes import wait_until

WRITERS = 8
# Changes to a user before the next one registers.
CHANGES = 15
# Pause after an unanswered request, as in a real client.
INTERVAL = 0.05
# Signs of a partial write, and the query that finds them; the fault tests use the same.
PARTIAL_WRITES = Path(__file__).resolve().parents[2] / "crates/server/tests/faults/partial_writes.sql"


class Writers:
    """The clients that write, and one that tries to get in without a token."""

    rounds = 0

    def __init__(self, url: str) -> None:
        Writers.rounds += 1
        self.url, self.done = url, threading.Event()
        # The possible names of an acknowledged user: the name that was acknowledged last, then those whose outcome is unknown.
        self.names: dict[str, list[str]] = {}
        self.tally: Counter[str] = Counter()
        # What must not have happened.
        self.faults: list[str] = []
        self.longest = 0.0
        names = [f"c{Writers.rounds}w{n}" for n in range(WRITERS)]
        self.threads = [threading.Thread(target=self._write, args=[name]) for name in names]
        self.threads.append(threading.Thread(target=self._intrude))
        for thread in self.threads:
            thread.start()

    def __enter__(self) -> "Writers":
        return self

    def __exit__(self, *_) -> None:
        self.done.set()
        for thread in self.threads:
            thread.join()

    @property
    def acknowledged(self) -> int:
        return self.tally["acknowledged"]

    @property
    def put_off(self) -> int:
        return self.tally["put off"]

    @property
    def lost(self) -> int:
        return self.tally["lost"]

    def progress(self, more: int) -> None:
        """Waits until this many more writes are acknowledged."""
        goal = self.acknowledged + more
        wait_until("writes to be acknowledged", lambda: self.acknowledged >= goal)

    def trouble(self) -> None:
        """Waits until a request gets a 503 or its connection breaks."""
        before = self.put_off + self.lost
        wait_until("somebody to notice", lambda: self.put_off + self.lost > before)

    def compare(self, database: Postgres) -> None:
        """Stops the writers and compares: every acknowledged write is there, and no partial one."""
        self.__exit__()
        assert not self.faults, "\n".join(self.faults[:20])
        rows = database.sql("SELECT id, username FROM users").splitlines()
        there = dict(row.split("|", 1) for row in rows)
        for user, names in self.names.items():
            assert user in there, f"{names} was acknowledged and is not there"
            assert there[user] in names, f"{user} is called {there[user]}, not {names}"
        for part in PARTIAL_WRITES.read_text().strip().rstrip(";").split(";\n"):
            what, query = part.strip().split("\n", 1)
            assert not (found := database.sql(query)), f"{what.removeprefix('-- ')}: {found}"
        print(f"  {self.acknowledged} writes acknowledged, all there; {self.put_off} put off, {self.lost} lost")

    def _write(self, writer: str) -> None:
        client, round_ = Client(self.url), 0
        while not self.done.is_set():
            name = f"{writer}u{round_}"
            round_ += 1
            user = self._ask(201, lambda name=name: client.register(name))
            if not user:
                continue
            names = self.names[user["id"]] = [name]
            token = None
            while not token and not self.done.is_set():
                token = self._ask(200, lambda name=name: client.sign_in(name))
            for change in range(CHANGES):
                if self.done.is_set():
                    break
                new, path = f"{name}c{change}", f"/v1/users/{user['id']}"
                if self._ask(200, lambda: client.ask("PATCH", path, token["access_token"], {"username": new})):
                    names.clear()
                names.append(new)
        client.close()

    def _ask(self, expected: int, request) -> dict | None:
        """The body, if the request succeeded. The only other results allowed are a 503 and a broken connection."""
        answer: Answer = request()
        self.longest = max(self.longest, time.monotonic() - answer.asked)
        if answer.status == expected:
            self.tally["acknowledged"] += 1
            return answer.body
        if answer.status == 503 and not answer.fault:
            self.tally["put off"] += 1
        elif answer.status == 0:
            self.tally["lost"] += 1
        else:
            self.faults.append(f"{answer.status}: {answer.body} {answer.fault}")
        time.sleep(INTERVAL)
        return None

    def _intrude(self) -> None:
        """Checks that no request without a token succeeds."""
        client = Client(self.url)
        while not self.done.is_set():
            for token in ["", "e30.e30.e30"]:
                answer = client.ask("GET", "/v1/users", token)
                if answer.status not in (401, 503, 0) or answer.fault:
                    self.faults.append(f"an intruder got {answer.status}: {answer.body} {answer.fault}")
                if answer.status in (503, 0):
                    self.tally["put off" if answer.status else "lost"] += 1
            time.sleep(INTERVAL)
        client.close()
