"""The contenders: how each is seeded and started, and its requests."""

import contextlib
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

from load import Request, ask, bearer, get, send_form, send_json
from machine import Postgres, Service, free_port

HERE = Path(__file__).parent
PYTHON = HERE / ".venv/bin/python"
PASSWORD = "correct horse battery"
ADMIN = "benchmark"
SUPPORT = "benchmark-support"
FIRST = 10_000_000
SIGNED_IN = 16

Workloads = dict[str, list[Request]]


def user_id(n: int) -> str:
    """The id of the nth user: see sql/seed-usher.sql."""
    digits = str(FIRST + n)
    return f"0190{digits[:4]}-{digits[4:]}-7000-8000-000000000000"


def name(n: int) -> str:
    return f"u{FIRST + n}"


class Contender:
    """A service on a database of its own with this many users."""

    label: str

    def __init__(self, postgres: Postgres, users: int):
        self.postgres, self.users = postgres, users
        self.database = f"{self.label}-{users}"
        self.port = free_port()
        postgres.create(self.database)
        # Every run reads the same users.
        chance = random.Random(1)
        self.some = [chance.randrange(users) for _ in range(2000)]
        # Renamed users are not among those who sign in.
        self.renamed = [chance.randrange(users // 2, users) for _ in range(2000)]

    def seed(self, **values: str) -> None:
        script = (HERE / f"sql/seed-{self.label}.sql").read_text()
        for key, value in ({"n": str(self.users)} | values).items():
            script = script.replace(f":{key}", value)
        self.postgres.sql(self.database, script)
        self.postgres.sql(self.database, "VACUUM ANALYZE")

    def start(self) -> Service:
        """Serves until the service's `with` block ends."""
        raise NotImplementedError

    def sign_in(self, username: str) -> str:
        """An access token."""
        raise NotImplementedError

    @cached_property
    def admin_token(self) -> str:
        return self.sign_in(ADMIN)

    @cached_property
    def tokens(self) -> list[str]:
        """Tokens of the first users."""
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(self.sign_in, map(name, range(min(SIGNED_IN, self.users)))))

    def workloads(self) -> Workloads:
        raise NotImplementedError


class Usher(Contender):
    label = "usher"

    def __init__(self, postgres: Postgres, users: int, binary: Path):
        super().__init__(postgres, users)
        self.binary = binary
        self.data = postgres.home / f"data-{users}"
        # The first start creates the tables and the admin.
        with self.start():
            pass
        self.seed()
        total = postgres.sql(self.database, "SELECT sum(n) FROM user_counts")
        assert int(total) == users + 2, f"the service counts {total} users"

    def start(self) -> Service:
        return Service(
            [self.binary, "serve"],
            self.port,
            "/health/ready",
            {
                "DATABASE_URL": self.postgres.url(self.database),
                "USHER_DATA_DIR": str(self.data),
                "USHER_LISTEN": f"127.0.0.1:{self.port}",
                "USHER_ADMIN_USERNAME": ADMIN,
                "USHER_ADMIN_EMAIL": f"{ADMIN}@example.com",
                "USHER_ADMIN_PASSWORD": PASSWORD,
                "USHER_ACCESS_TOKEN_TTL": "2h",
                "USHER_RATE_LIMIT": "off",
            },
        )

    def _token(self, username: str) -> Request:
        return send_form("/v1/oauth/token", grant_type="password", username=username, password=PASSWORD)

    def sign_in(self, username: str) -> str:
        return ask(self.port, self._token(username))[0]["access_token"]

    def refresh_tokens(self) -> list[str]:
        with ThreadPoolExecutor(2) as pool:
            answers = pool.map(lambda n: ask(self.port, self._token(name(n)))[0], range(SIGNED_IN))
            return [answer["refresh_token"] for answer in answers]

    def api_key(self) -> str:
        """A key of the admin with all that reading a user takes."""
        admin, _ = ask(self.port, get("/v1/me", self.admin_token))
        new = {"name": "benchmark", "scopes": ["account.read", "users.read"], "current_password": PASSWORD}
        path = f"/v1/users/{admin['id']}/api-keys"
        return ask(self.port, send_json("POST", path, new, self.admin_token))[0]["key"]

    def page_after(self, offset: int) -> str:
        """The target of the link `next` on the page before this offset."""
        page, _ = ask(self.port, get(f"/v1/users?offset={offset - 20}", self.admin_token))
        return page["_links"]["next"]["href"]

    def workloads(self) -> Workloads:
        admin, key = self.admin_token, self.api_key()
        gets = [get(f"/v1/users/{user_id(n)}", admin) for n in self.some]
        rename = [send_json("PATCH", f"/v1/users/{user_id(n)}", {"username": "{n}"}, admin) for n in self.renamed]
        deep = self.users * 9 // 10
        new = {"username": "{n}", "email": "{n}@example.org"}
        return {
            "get": gets,
            "get_key": [get(f"/v1/users/{user_id(n)}", key) for n in self.some],
            "get_many": gets,
            "get_own": [get(f"/v1/users/{user_id(n)}", token) for n, token in enumerate(self.tokens)],
            "list": [get("/v1/users", admin)],
            "page": [get("/v1/users?limit=100", admin)],
            "page_support": [get("/v1/users?limit=100", self.sign_in(SUPPORT))],
            "next": [get(self.page_after(deep), admin)],
            "offset": [get(f"/v1/users?offset={deep}", admin)],
            "search": [get(f"/v1/users?q={name(n)[:-1]}", admin) for n in self.some[:200]],
            "statistics": [get("/v1/statistics?days=90", admin)],
            "create": [send_json("POST", "/v1/users", new, admin)],
            "update": rename,
            "mixed": [request for n in range(200) for request in [*gets[n * 9 : n * 9 + 9], rename[n]]],
            "sign_in": [self._token(name(n)) for n in range(200)],
            "register": [send_json("POST", "/v1/register", new | {"password": PASSWORD})],
        }

    def pgbench_defines(self) -> dict[str, str]:
        """The variables of the statements in sql/*.sql: numbers of users, the admin, one of their sessions and its key."""
        admin = self.postgres.sql(
            self.database,
            "SELECT user_id, sessions.id FROM sessions JOIN users ON users.id = user_id WHERE role = 'admin' LIMIT 1",
        )
        user, session = admin.split("|")
        return {
            "kid": self.postgres.sql(self.database, "SELECT kid FROM signing_keys LIMIT 1"),
            "half": str(FIRST + self.users // 2),
            "last": str(FIRST + self.users - 1),
            "admin": user,
            "session": session,
        }


class Floor(Contender):
    """The web framework with a constant response and no database."""

    label = "floor"

    def __init__(self, postgres: Postgres, users: int, binary: Path):
        super().__init__(postgres, users)
        self.binary = binary

    def start(self) -> Service:
        return Service([self.binary, self.port], self.port, "/")

    def workloads(self) -> Workloads:
        return {"get": [Request("GET", f"/v1/users/{user_id(n)}", bearer("x" * 600)) for n in self.some]}


class Uvicorn(Contender):
    """A peer in Python, with as many workers as usher."""

    def start(self) -> Service:
        command = [
            PYTHON,
            "-m",
            "uvicorn",
            "app:app",
            "--workers=2",
            f"--port={self.port}",
            "--no-access-log",
            "--log-level=warning",
        ]
        url = self.postgres.url(self.database, "postgresql+asyncpg")
        return Service(command, self.port, "/openapi.json", {"DATABASE_URL": url}, HERE / "peers" / self.label)


class FastApi(Uvicorn):
    """The design of tutorials."""

    label = "fastapi"

    def __init__(self, postgres: Postgres, users: int):
        super().__init__(postgres, users)
        self.seed(hash=python("import bcrypt; print(bcrypt.hashpw(password, bcrypt.gensalt(12)).decode())"))

    def _token(self, username: str) -> Request:
        return send_form("/token", username=username, password=PASSWORD)

    def sign_in(self, username: str) -> str:
        return ask(self.port, self._token(username))[0]["access_token"]

    def workloads(self) -> Workloads:
        admin = self.admin_token
        gets = [get(f"/users/{user_id(n)}", admin) for n in self.some]
        rename = [send_json("PATCH", f"/users/{user_id(n)}", {"username": "{n}"}, admin) for n in self.renamed]
        new = {"username": "{n}", "email": "{n}@example.org", "password": PASSWORD}
        return {
            "get": gets,
            "get_own": [get(f"/users/{user_id(n)}", token) for n, token in enumerate(self.tokens)],
            "list": [get("/users", admin)],
            "offset": [get(f"/users?offset={self.users * 9 // 10}", admin)],
            "search": [get(f"/users?q={name(n)[:-1]}", admin) for n in self.some[:200]],
            "update": rename,
            "mixed": [request for n in range(200) for request in [*gets[n * 9 : n * 9 + 9], rename[n]]],
            "sign_in": [self._token(name(n)) for n in range(200)],
            "register": [send_json("POST", "/register", new)],
        }


class FastApiUsers(Uvicorn):
    label = "fastapi-users"

    def __init__(self, postgres: Postgres, users: int):
        super().__init__(postgres, users)
        made = "from fastapi_users.password import PasswordHelper; print(PasswordHelper().hash(password.decode()))"
        self.seed(hash=python(made))

    def _token(self, username: str) -> Request:
        return send_form("/auth/jwt/login", username=f"{username}@example.com", password=PASSWORD)

    def sign_in(self, username: str) -> str:
        return ask(self.port, self._token(username))[0]["access_token"]

    def workloads(self) -> Workloads:
        admin = self.admin_token
        new = {"email": "{n}@example.org", "password": PASSWORD}
        return {
            "get": [get(f"/users/{user_id(n)}", admin) for n in self.some],
            "get_own": [get("/users/me", token) for token in self.tokens],
            "update": [
                send_json("PATCH", f"/users/{user_id(n)}", {"email": "{n}@example.net"}, admin) for n in self.renamed
            ],
            "sign_in": [self._token(name(n)) for n in range(200)],
            "register": [send_json("POST", "/auth/register", new)],
        }


class BetterAuth(Contender):
    label = "better-auth"

    def __init__(self, postgres: Postgres, users: int):
        super().__init__(postgres, users)
        # Its first start creates the tables. Its first user becomes the admin, and the others get its password hash.
        with self.start():
            ask(self.port, self._sign_up(ADMIN))
        self.seed()

    def start(self) -> Service:
        server = HERE / "peers/better-auth/server.mjs"
        return Service(
            ["node", server, self.postgres.home, self.database, self.port],
            self.port,
            "/api/auth/ok",
            {"NODE_ENV": "production"},
        )

    def _sign_up(self, username: str) -> Request:
        new = {"name": username, "email": f"{username}@example.com", "password": PASSWORD}
        return send_json("POST", "/api/auth/sign-up/email", new)

    def _token(self, username: str) -> Request:
        return send_json("POST", "/api/auth/sign-in/email", {"email": f"{username}@example.com", "password": PASSWORD})

    def sign_in(self, username: str) -> str:
        return ask(self.port, self._token(username))[1]["set-auth-token"]

    def workloads(self) -> Workloads:
        admin = self.admin_token
        return {
            "get": [get(f"/api/auth/admin/get-user?id={user_id(n)}", admin) for n in self.some],
            "get_own": [get("/api/auth/get-session", token) for token in self.tokens],
            "list": [get("/api/auth/admin/list-users?limit=20", admin)],
            "offset": [get(f"/api/auth/admin/list-users?limit=20&offset={self.users * 9 // 10}", admin)],
            "sign_in": [self._token(name(n)) for n in range(200)],
            "register": [self._sign_up("{n}")],
        }


def python(code: str) -> str:
    """The output of a line of Python, with the peers' packages and `password`."""
    code = f"password = {PASSWORD.encode()!r}; {code}"
    return subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@contextlib.contextmanager
def serving(*contenders: Contender):
    """All of them, by their labels."""
    with contextlib.ExitStack() as stack:
        yield {contender.label: stack.enter_context(contender.start()) for contender in contenders}
