"""PgBouncer between the service and the current primary."""

import signal
from pathlib import Path

from postgres import DATABASE, USER, Postgres, psql
from processes import Account, Process, free_port, program

CONFIGURATION = """\
[databases]
{database} = host=127.0.0.1 port={primary} dbname={database}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = md5
auth_file = {users}
admin_users = {user}
; The 1.18 of Debian 12 knows nothing of prepared statements, so a connection keeps its server's.
pool_mode = session
; Every replica opens up to 16 connections and one for each core, and one more while it starts.
default_pool_size = 400
max_client_conn = 1000
; A primary that is away is tried again soon, and nobody waits for it longer than the service does.
server_login_retry = 0.2
server_connect_timeout = 2
query_wait_timeout = 5
log_connections = 0
log_disconnections = 0
"""


class Pooler:
    """A PgBouncer whose server can be changed while it runs."""

    def __init__(self, folder: Path, account: Account, primary: Postgres) -> None:
        self.folder, self.account, self.password = folder, account, primary.password
        self.port = free_port()
        self.file = folder / "pgbouncer.ini"
        self.users = folder / "pgbouncer.users"
        for path, text in [(self.users, f'"{USER}" "{self.password}"\n'), (self.file, "")]:
            path.touch(mode=0o600)
            path.write_text(text)
            account.give(path)
        self.point_to(primary)
        self.start()

    @property
    def url(self) -> str:
        return f"postgres://{USER}:{self.password}@127.0.0.1:{self.port}/{DATABASE}"

    def start(self) -> None:
        command = [program("pgbouncer", "scripts/install-cluster"), self.file]
        self.process = Process("pgbouncer", command, self.folder, self.account)
        self.process.ready_when(self._answers)

    def stop(self, signal_: signal.Signals = signal.SIGTERM) -> None:
        """Stops at once, and drops every connection."""
        self.process.stop(signal_)

    def point_to(self, primary: Postgres) -> None:
        """Sets the server to which it connects after its next start."""
        self.file.write_text(
            CONFIGURATION.format(database=DATABASE, user=USER, port=self.port, primary=primary.port, users=self.users)
        )

    def _answers(self) -> bool:
        try:
            return bool(psql(self.port, self.password, "pgbouncer", "SHOW VERSION"))
        except RuntimeError:
            return False
