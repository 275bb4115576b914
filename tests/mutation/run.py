#!/usr/bin/env python3
"""Mutation testing of the policy, of the table of operations and of what reads them: prints the mutants that no test kills.

All mutants are woven into one copy of the source, where an environment variable chooses one. So they are built once, and each
costs only a run of the tests. There are five kinds:

- code: what cargo-mutants finds in the policy and in the files that read it;
- table: a row of `table.rs` with another authentication, action or negotiation, with a link removed or moved, or with a field
  permission removed; an action that the policy decides alike is replaced where the audit trail, the log or the document names
  it (`meaning`);
- policy: one decision reversed: an action, on a type of resource, for a type of caller;
- rule: a conflict that is no longer one, or a refusal with the wrong reason;
- permission: each caller has it, or none.

The tests of the policy run first, then the crawler. The mutants that survive it go to the tests of the API, of the document and of the log. A killed mutant is
remembered until the service changes: a run that was stopped is continued, and a run with better tests tries the survivors only.

`--check` builds nothing. It fails if the source no longer has a name that the mutants or the suites use.
"""

import argparse
import concurrent.futures
import contextlib
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from typing import NamedTuple

from source import ROOT, check, rows, rules, sources
from weave import CHOICE, environment, put, weave

# The files besides the tests that decide whether a mutant is killed.
SERVICE = r"Cargo\.lock|migrations/.*|crates/(?!crawler/|server/|testkit/)[^/]+/src/.*"
EVERYTHING = r"Cargo\.lock|migrations/.*|crates/.*"
# Maximum time of a run of a suite, in seconds, before it counts as one that never ends.
SUITE_TIMEOUT = 900

# The suites, the fastest and most sensitive first; a mutant goes to the next one if it survives. Tests of random input are left
# out, because they might not kill the same mutant again.
LINKS, REFUSALS = "offered::every_link_can_be_followed", "refused::an_operation_that_is_not_linked"
INPUT = [
    f"{module}::"
    for module in (
        "oauth::introspect",
        "oauth::revoke",
        "request::input",
        "request::negotiation",
        "request::order_of_errors",
        "root",
        "users::update",
    )
]
but = lambda tests: [part for test in tests for part in ("--skip", test)]
SUITES = [
    ("the tests of the policy", "domain", "usher_domain", ["policy::", "role::", "permission::"]),
    ("the crawler's links", "crawler", "links", [LINKS]),
    ("the crawler's refusals", "crawler", "links", [REFUSALS]),
    ("the tests of the document", "http", "usher_http", ["openapi::"]),
    ("the rest of the crawler", "crawler", "links", but([LINKS, REFUSALS, "walks::"])),
    ("the tests of the API about input", "server", "api", INPUT),
    ("the tests of the log", "server", "process", ["request_log::"]),
    ("the rest of the tests of the API", "server", "api", but([*INPUT, "request::fuzz::"])),
]
# The tests of the policy know no table. The crawler cannot distinguish actions that the policy decides alike.
FIRST_FOR_TABLE, FIRST_FOR_MEANING = 1, 3


def first_suite(title: str) -> int:
    """The first suite that can kill a mutant."""
    if " meaning " in title:
        return FIRST_FOR_MEANING
    return FIRST_FOR_TABLE if title.startswith(("table ", "crates/http/", "crates/accounts/")) else 0


class Suite(NamedTuple):
    """A part of the tests of one binary."""

    name: str
    folder: pathlib.Path
    binary: str
    filters: list[str]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--check", action="store_true", help="only check that every mutant fits the source")
    arguments.add_argument("--folder", type=pathlib.Path, default=ROOT / "target/mutants", help="where the copy is made")
    arguments.add_argument("--only", metavar="PREFIX", default="", help="try only mutants whose name has this prefix")
    arguments.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many mutants are tried at the same time")
    arguments.add_argument("--again", action="store_true", help="forget the mutants that earlier runs have killed")
    options = arguments.parse_args()
    check_suites()
    if options.check:
        check()
        table, policy = rows()
        print(f"{len(table)} mutants of the table, {len(policy)} of decisions and {len(rules())} of rules fit the source")
        return
    source = options.folder / "source"
    memory = Memory(options.folder / "killed.json", options.again)
    mutants, made = weave(source)
    mutants = {name: title for name, title in mutants.items() if name.startswith(options.only)}
    suites = [Suite(name, source / "crates" / folder, made[test], filters) for name, folder, test, filters in SUITES]
    with postgres(made["postgres"]) as url, concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        environ = lambda name: environment(source) | {CHOICE: name, "USHER_TEST_POSTGRES": url}
        for nth, suite in enumerate(suites):
            left = [name for name, title in mutants.items() if title not in memory.killed and memory.survived(title) <= nth]
            print(f"{len(left)} mutants for {suite.name}", flush=True)
            if left and (failed := killer(suite, environ(""))):
                sys.exit(f"without any mutant, {failed}")
            trials = {pool.submit(killer, suite, environ(name)): mutants[name] for name in left}
            try:
                for trial in concurrent.futures.as_completed(trials):
                    title, failed = trials[trial], trial.result()
                    memory.add(title, failed, nth)
                    print(f"{title}: {failed or 'survived'}", flush=True)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
    survivors = [title for title in mutants.values() if title not in memory.killed]
    print(f"{len(mutants)} mutants tried, {len(mutants) - len(survivors)} killed, {len(survivors)} survived")
    for title in survivors:
        print(f"  {title}")
    sys.exit(bool(survivors))


def check_suites() -> None:
    """Fails if a suite names a module or a test that does not exist."""
    for _, folder, binary, filters in SUITES:
        base = f"crates/{folder}/src" if binary == f"usher_{folder}" else f"crates/{folder}/tests/{binary}"
        for name in filters:
            module, _, test = name.rpartition("::")
            path = f"{base}/{module.replace('::', '/')}"
            files = [file for file in sources() if file == f"{path}.rs" or file.startswith(f"{path}/")]
            if name != "--skip" and not any(f"fn {test}" in (ROOT / file).read_text() for file in files):
                sys.exit(f"{base} has no test {name}")


class Memory:
    """The mutants of this service that were killed, and how many suites the others have survived."""

    def __init__(self, path: pathlib.Path, again: bool) -> None:
        self.path = path
        known = json.loads(path.read_text()) if path.exists() and not again else {}
        self.service, self.everything = digest(SERVICE), digest(EVERYTHING)
        self.killed: dict[str, str] = known.get("killed", {}) if known.get("service") == self.service else {}
        same = known.get("everything") == self.everything
        self.survivors: dict[str, int] = known.get("survivors", {}) if same else {}

    def survived(self, title: str) -> int:
        """How many suites it has survived."""
        return self.survivors.get(title, first_suite(title))

    def add(self, title: str, failed: str | None, nth: int) -> None:
        if failed:
            self.killed[title] = failed
        else:
            self.survivors[title] = nth + 1
        put(self.path, json.dumps(vars(self) | {"path": None}, indent=1).encode())


def digest(pattern: str) -> str:
    texts = (name.encode() + (ROOT / name).read_bytes() for name in sources() if re.fullmatch(pattern, name))
    return hashlib.sha256(b"".join(texts)).hexdigest()


@contextlib.contextmanager
def postgres(holder: str) -> Iterator[str]:
    """The URL of a Postgres that all runs share."""
    with subprocess.Popen([holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        yield child.stdout.readline().strip()
        child.stdin.close()


def killer(suite: Suite, environ: dict[str, str]) -> str | None:
    """The test that fails with the mutant, if one does. A failure because of a 503 is tried again: on a busy machine the service
    may answer so without the mutant."""
    for _ in range(5):
        failed = run(suite, environ)
        if not failed or not re.search(r"\b503\b", failed):
            break
    return failed


def run(suite: Suite, environ: dict[str, str]) -> str | None:
    """The first test that fails, if one does, with its message. The tests after it are not awaited."""
    command = [suite.binary, *suite.filters, "--nocapture", "--test-threads", "2"]
    with tempfile.TemporaryFile("w+", errors="replace") as stderr:
        child = subprocess.Popen(command, cwd=suite.folder, stdout=subprocess.PIPE, stderr=stderr, text=True, env=environ)
        alarm = threading.Timer(SUITE_TIMEOUT, child.kill)
        alarm.start()
        failed = next((line.split()[1] for line in child.stdout if line.endswith("... FAILED\n")), None)
        if failed:
            child.kill()
        code = child.wait()
        alarm.cancel()
        if not failed and not code:
            return None
        stderr.seek(0)
        messages = re.findall(r"^thread .* panicked at .*:\n((?:.+\n){0,3})", stderr.read(), re.MULTILINE)
        return f"{failed or f'ends with {code}'}: {' '.join(' '.join(messages).split())[:300]}"


main()
