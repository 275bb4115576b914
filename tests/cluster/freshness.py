"""Access that is revoked through one replica is refused by every other one at once."""

import itertools
import threading
import time
from collections import Counter
from dataclasses import dataclass

from clients import PASSWORD, Client
from cluster import ADMIN, Cluster


@dataclass
class Grant:
    """A token, and its state."""

    token: str
    # When its revocation was acknowledged, by `time.monotonic`.
    taken: float = 0.0
    # Whether it is being restored.
    given_back: bool = False


# How often access is revoked for each of them.
ROUNDS = 30
# Between two requests of a client that checks access, so that the machine has time for revoking and restoring.
INTERVAL = 0.02


class Victim:
    """An admin who continues to use the role at every replica, while it is revoked and restored."""

    def __init__(self, name: str, cluster: Cluster) -> None:
        self.name, self.cluster = name, cluster
        self.doors = [Client(replica.url) for replica in cluster.replicas]
        self.tally: Counter[str] = Counter()
        self.faults: list[str] = []
        self.grant = Grant("")
        self.done = threading.Event()

    def run(self) -> None:
        boss = self.doors[0]
        root = boss.sign_in(ADMIN, self.cluster.admin_password).body["access_token"]
        self.id = boss.create_admin(self.name, root).body["id"]
        self.decoy = boss.create_admin(f"{self.name}.decoy", root).body["id"]
        clients = [threading.Thread(target=self._check_access, args=[replica.url, n]) for n, replica in
                    enumerate(self.cluster.replicas)]  # fmt: skip
        try:
            self._sign_in(boss)
            for client in clients:
                client.start()
            ways = [self._demote, self._suspend, self._revoke]
            for n in range(ROUNDS):
                ways[n % len(ways)](n, root)
        except Exception as fault:  # noqa: BLE001
            self.faults.append(repr(fault))
        self.done.set()
        for client in clients:
            client.join()
        for user in (self.id, self.decoy):
            self._expect(boss.ask("DELETE", f"/v1/users/{user}", root), 204)

    def _demote(self, n: int, root: str) -> None:
        self._take(n, root, 403, "PATCH", "", {"role": "user"})
        # The same token is valid again as soon as the role is: nothing is cached in either direction.
        self.grant.given_back = True
        self._expect(self._door(n + 1).ask("PATCH", self._path(), root, {"role": "admin"}), 200)
        for door in self.doors:
            self._expect(door.ask("GET", "/v1/users?limit=1", self.grant.token), 200)
        self.grant = Grant(self.grant.token)

    def _suspend(self, n: int, root: str) -> None:
        self._take(n, root, 401, "POST", "/suspend", None)
        self._expect(self._door(n + 1).ask("POST", f"{self._path()}/reactivate", root), 200)
        self._sign_in(self._door(n + 1))

    def _revoke(self, n: int, root: str) -> None:
        self._take(n, root, 401, "DELETE", "/sessions", None, acknowledged=204)
        self._sign_in(self._door(n + 1))

    def _take(self, n: int, root: str, refusal: int, method: str, below: str, body: dict | None, acknowledged=200) -> None:
        """Revokes it through one replica, then sends a request to each of the others."""
        self._expect(self._door(n).ask(method, self._path() + below, root, body), acknowledged)
        self.grant.taken = time.monotonic()
        for other in range(1, len(self.doors)):
            answer = self._door(n + other).ask("GET", "/v1/users?limit=1", self.grant.token)
            self._expect(answer, refusal)
            self.tally["refused at once"] += 1

    def _check_access(self, url: str, n: int) -> None:
        """Reads and writes with the current token, and records requests that succeeded but should not have."""
        client = Client(url)
        for turn in itertools.count():
            if self.done.is_set():
                break
            grant = self.grant
            taken = grant.taken
            if turn % 2:
                answer = client.ask("GET", "/v1/users?limit=1", grant.token)
            else:
                name = f"{self.name}.decoy{n}.{turn}"
                answer = client.ask("PATCH", f"/v1/users/{self.decoy}", grant.token, {"username": name})
            # It had been revoked before the request was sent.
            if answer.status == 200 and taken and not grant.given_back:
                self.faults.append(f"{self.name} got in at {url} {answer.asked - taken:.3f} s after it was taken")
            if answer.status not in (200, 401, 403, 503):
                self.faults.append(f"{answer.status}: {answer.body}")
            self.tally[str(answer.status)] += 1
            time.sleep(INTERVAL)
        client.close()

    def _sign_in(self, door: Client) -> None:
        answer = door.sign_in(self.name, PASSWORD)
        self._expect(answer, 200)
        self.grant = Grant(answer.body["access_token"])

    def _door(self, n: int) -> Client:
        return self.doors[n % len(self.doors)]

    def _path(self) -> str:
        return f"/v1/users/{self.id}"

    def _expect(self, answer, status: int) -> None:
        if answer.status != status:
            raise AssertionError(f"{self.name}: {answer.status} instead of {status}: {answer.body}")
