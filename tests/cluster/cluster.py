"""The cluster: HAProxy, replicas of the service, PgBouncer, a Postgres primary and its synchronous standby, on loopback only and
in one folder that is removed with them."""

import contextlib
import secrets
import shutil
import tempfile
from pathlib import Path

from pooler import Pooler
from postgres import Postgres
from processes import Account
from proxy import Proxy
from replica import Replica

ADMIN = "root"


class Cluster:
    """Runs from the start of the `with` block to its end."""

    def __init__(self, binary: Path, replicas: int) -> None:
        self.binary, self.count = binary, replicas
        self.running: list = []

    def __enter__(self) -> "Cluster":
        self.folder = Path(tempfile.mkdtemp(prefix="usher-cluster-"))
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self) -> None:
        account = Account()
        account.give(self.folder)
        password = secrets.token_hex(16)
        self.new_node = lambda n: Postgres(f"postgres{n}", self.folder, account, password)
        self.nodes = 1
        self.primary = self._runs(self.new_node(1))
        self.primary.begin()
        self.make_redundant()
        self.pooler = self._runs(Pooler(self.folder, account, self.primary))
        self.admin_password = secrets.token_urlsafe(12)
        settings = {
            "DATABASE_URL": self.pooler.url,
            "USHER_SECRET_KEY": secrets.token_hex(32),
            "USHER_PUBLIC_URL": "http://usher.test",
            "USHER_TRUSTED_PROXIES": "127.0.0.1",
            "USHER_ADMIN_USERNAME": ADMIN,
            "USHER_ADMIN_EMAIL": f"{ADMIN}@example.com",
            "USHER_ADMIN_PASSWORD": self.admin_password,
            "USHER_BCRYPT_COST": "10",
            "USHER_RATE_LIMIT": "off",
        }
        self.replicas = [Replica(f"usher{n}", self.binary, self.folder, settings) for n in range(1, self.count + 1)]
        for replica in self.replicas:
            self._runs(replica).start()
        self.proxy = self._runs(Proxy(self.folder, {replica.name: replica.port for replica in self.replicas}))
        for replica in self.replicas:
            self.proxy.wait_for(replica.name)

    def __exit__(self, *_) -> None:
        # Even if one of them fails, all are stopped and the folder is removed.
        with contextlib.ExitStack() as stops:
            stops.callback(shutil.rmtree, self.folder, ignore_errors=True)
            for part in self.running:
                stops.callback(part.stop)

    def _runs(self, part):
        self.running.append(part)
        return part

    def replace(self, replica: Replica, binary: Path) -> None:
        """Stops a replica and starts one of this binary in its place."""
        replica.stop()
        replica.binary = binary
        replica.start()
        self.proxy.wait_for(replica.name)

    def lose_the_primary(self) -> None:
        self.primary.process.kill()

    def fail_over(self) -> None:
        """Makes the standby the primary. The old one must be unreachable before the new one accepts writes; otherwise a caller
        could be judged by outdated rows. So PgBouncer, the only way there, is down in between."""
        self.pooler.stop()
        self.standby.promote()
        self.pooler.point_to(self.standby)
        self.pooler.start()
        self.running.remove(self.primary)
        shutil.rmtree(self.primary.data)
        self.primary = self.standby

    def make_redundant(self) -> None:
        """Adds a standby to the primary. Until then acknowledged writes are on one disk only."""
        self.nodes += 1
        self.standby = self._runs(self.new_node(self.nodes))
        self.standby.follow(self.primary)

    def logs(self) -> str:
        """The last lines of each log."""
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(
            f"--- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-8:]) for log in logs
        )
