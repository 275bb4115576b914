#!/usr/bin/env python3
"""Breaks the policy, the table of operations and what reads them, in one place at a time; tells what no test notices.

Every breach (a mutant) is woven into one copy of the source, where an environment variable chooses one. So all of them are
built at once, and each costs only a run of the tests. There are four kinds:

- code: what cargo-mutants finds in the policy and in the files that read it;
- table: a row of `table.rs` with another authentication, action or negotiation, with a link less or moved, and with a
  permission of a field less; an action that the policy decides alike is another one where the audit trail, the log or the
  document names it (`meaning`);
- policy: one decision turned round: an action, on a kind of resource, for a kind of caller;
- rule: a state that is no obstacle any more, or a refusal that does not say of which kind it is.

They are shown to the crawler first, and what it does not notice to the tests of the API, of the document and of the log. What
has been noticed is remembered for as long as the service stays as it is: a run that was stopped goes on, and one with better
tests tries the survivors.
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
from collections.abc import Callable, Iterator
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
MUTATED = ["crates/domain/src/policy.rs", *(f"crates/http/src/{name}.rs" for name in ("hypermedia/links", "hypermedia/forms", "request/authorize"))]
# What a mutant is made of and runs on, beside the tests.
SERVICE = ("Cargo.lock", "migrations/", *(f"crates/{name}/" for name in ("auth", "domain", "http", "mail", "persistence")))
TABLE = "crates/http/src/table.rs"
OPERATION = "crates/http/src/operation/mod.rs"
# What is read of a row.
COLUMNS = {"authentication", "action", "affordances", "field_permissions", "negotiated"}
HOME = "crates/server/tests/process/home.rs"
CHOICE = "MUTANT_OF_USHER"
# What a test run may take, in seconds, before it is taken for one that never ends.
PATIENCE = 900

# The tests in parts, the quickest and most telling first; each is shown what those before it have not noticed. What is random
# might not notice it the next time.
LINKS, REFUSALS = "offered::every_link_can_be_followed", "refused::whatever"
INPUT = [f"{module}::" for module in ("input", "negotiation", "oauth", "order", "root", "users_update")]
but = lambda tests: [part for test in tests for part in ("--skip", test)]
SUITES = [
    ("crawler's links", "crawler", "links", [LINKS]),
    ("crawler's refusals", "crawler", "links", [REFUSALS]),
    ("tests of the document", "http", "usher_http", ["openapi::"]),
    ("rest of the crawler", "crawler", "links", but([LINKS, REFUSALS, "walks::"])),
    ("tests of the API that are about input", "server", "api", INPUT),
    ("tests of the log", "server", "process", ["journal::"]),
    ("rest of the tests of the API", "server", "api", but([*INPUT, "fuzz::"])),
]
# A crawler cannot tell what the policy decides alike.
FIRST_FOR_MEANING = 2


class Suite(NamedTuple):
    """A part of the tests of one binary."""

    name: str
    folder: pathlib.Path
    binary: str
    which: list[str]


CHOOSE = """
/// Which mutant this run is of.
pub fn mutant() -> &'static str {
    static CHOSEN: std::sync::LazyLock<String> =
        std::sync::LazyLock::new(|| std::env::var("%s").unwrap_or_default());
    &CHOSEN
}
""" % CHOICE

DECIDE = """
pub fn may(actor: &Principal, action: Action, resource: &Resource<'_>) -> Decision {
    let decision = decide(actor, action, resource);
    let chosen = crate::mutant();
    if !chosen.starts_with("policy ") && !chosen.starts_with("rule ") {
        return decision;
    }
    let (kind, owner) = match resource {
        Resource::Service { .. } => ("Service", None),
        Resource::Registered { .. } => ("Registered", None),
        Resource::Users => ("Users", None),
        Resource::User { id, .. } => ("User", Some(*id)),
        Resource::Session { owner, .. } => ("Session", Some(*owner)),
    };
    let who = match actor {
        Principal::Anonymous => "nobody".to_owned(),
        Principal::User(member) => {
            let whose = owner.map_or("", |owner| if owner == member.id { ":self" } else { ":other" });
            format!("{}{whose}", member.role.as_str())
        }
    };
    match decision {
        Decision::Conflict(obstacle) if chosen == format!("rule {obstacle:?} {action:?}") => Decision::Allow,
        Decision::Unauthenticated | Decision::NotFound if chosen == format!("rule {decision:?} {kind}") => NO,
        Decision::Forbid(refusal) if chosen == format!("rule {refusal:?}") => NO,
        decision if chosen != format!("policy {action:?} {kind} {who}") => decision,
        Decision::Allow => NO,
        _ => Decision::Allow,
    }
}
"""

ROW = """
impl OperationSpec {
    /// What the chosen mutant makes of a column of this row.
    fn mutated(&self, column: &str) -> Option<&'static str> {
        let (id, rest) = usher_domain::mutant().strip_prefix("table ")?.split_once(' ')?;
        let (name, value) = rest.split_once(' ')?;
        (id == self.id && name == column).then_some(value)
    }

    pub fn authentication(&self) -> Authentication {
        let all =
            [Authentication::None, Authentication::Optional, Authentication::Required, Authentication::Client];
        let named = |value| all.into_iter().find(|authentication| format!("{authentication:?}") == value).unwrap();
        self.mutated("authentication").map_or(self.authentication, named)
    }

    pub fn action(&self) -> Action {
        let all = || crate::table::OPERATIONS.iter().map(|spec| spec.action);
        let named = |value| all().find(|action| format!("{action:?}") == value).unwrap();
        self.mutated("action").or_else(|| self.mutated("meaning")).map_or(self.action, named)
    }

    pub fn negotiated(&self) -> bool {
        self.mutated("negotiated").map_or(self.response.negotiated, |value| value == "true")
    }

    pub fn affordances(&self) -> &'static [Affordance] {
        let Some((nth, kind)) = self.mutated("affordance").and_then(|value| value.split_once(' ')) else {
            return self.affordances;
        };
        let kinds = [ResourceKind::Service, ResourceKind::User];
        let kind = kinds.into_iter().find(|other| format!("{other:?}") == kind);
        let mut affordances = self.affordances.to_vec();
        let affordance = affordances.remove(nth.parse().unwrap());
        affordances.extend(kind.map(|on| Affordance { on, ..affordance }));
        Box::leak(affordances.into_boxed_slice())
    }

    pub fn field_permissions(&self) -> &'static [(&'static str, Action)] {
        let Some(nth) = self.mutated("permission") else { return self.field_permissions };
        let mut permissions = self.field_permissions.to_vec();
        permissions.remove(nth.parse().unwrap());
        Box::leak(permissions.into_boxed_slice())
    }
}
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--folder", type=pathlib.Path, default=ROOT / "target/mutants", help="where the copy is made")
    arguments.add_argument("--only", metavar="BEGINNING", default="", help="try those whose name begins so")
    arguments.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many are tried side by side")
    arguments.add_argument("--anew", action="store_true", help="forget what earlier runs have noticed")
    options = arguments.parse_args()
    source = options.folder / "source"
    memory = Memory(options.folder / "noticed.json", options.anew)
    mutants, made = weave(source)
    mutants = {name: title for name, title in mutants.items() if name.startswith(options.only)}
    suites = [Suite(name, source / "crates" / folder, made[test], which) for name, folder, test, which in SUITES]
    with postgres(made["postgres"]) as url, concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        environ = lambda name: environment(source) | {CHOICE: name, "USHER_TEST_POSTGRES": url}
        for nth, suite in enumerate(suites):
            left = [name for name, title in mutants.items() if title not in memory.noticed and memory.passed(title) <= nth]
            print(f"{len(left)} mutants for the {suite.name}", flush=True)
            if left and (failed := judge(suite, environ(""))):
                sys.exit(f"without any mutant, {failed}")
            trials = {pool.submit(judge, suite, environ(name)): mutants[name] for name in left}
            try:
                for trial in concurrent.futures.as_completed(trials):
                    title, noticed = trials[trial], trial.result()
                    memory.add(title, noticed, nth)
                    print(f"{title}: {noticed or 'not noticed'}", flush=True)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
    survivors = [title for title in mutants.values() if title not in memory.noticed]
    print(f"{len(mutants)} mutants tried, {len(mutants) - len(survivors)} noticed, {len(survivors)} survived")
    for title in survivors:
        print(f"  {title}")
    sys.exit(bool(survivors))


class Memory:
    """What has been noticed with this service, and what the parts of these tests have not noticed."""

    def __init__(self, path: pathlib.Path, anew: bool) -> None:
        self.path = path
        known = json.loads(path.read_text()) if path.exists() and not anew else {}
        self.service, self.everything = digest(SERVICE), digest(("Cargo.lock", "migrations/", "crates/"))
        self.noticed: dict[str, str] = known.get("noticed", {}) if known.get("service") == self.service else {}
        same = known.get("everything") == self.everything
        self.unnoticed: dict[str, int] = known.get("unnoticed", {}) if same else {}

    def passed(self, title: str) -> int:
        """How many parts have been shown it."""
        return self.unnoticed.get(title, FIRST_FOR_MEANING if " meaning " in title else 0)

    def add(self, title: str, noticed: str | None, nth: int) -> None:
        if noticed:
            self.noticed[title] = noticed
        else:
            self.unnoticed[title] = nth + 1
        put(self.path, json.dumps(vars(self) | {"path": None}, indent=1).encode())


def digest(beginnings: tuple[str, ...]) -> str:
    texts = (name.encode() + (ROOT / name).read_bytes() for name in sources() if name.startswith(beginnings))
    return hashlib.sha256(b"".join(texts)).hexdigest()


def sources() -> list[str]:
    """What git has of the work tree."""
    return subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()


def put(path: pathlib.Path, content: bytes) -> None:
    """Writes a file; one that does not change keeps its time, so that little is built again."""
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def weave(source: pathlib.Path) -> tuple[dict[str, str], dict[str, str]]:
    """Weaves every mutant in that the compiler takes, and builds it: what each is called by, and what it is; the programs."""
    found = subprocess.run(
        ["cargo", "mutants", "--list", "--json", *(part for file in MUTATED for part in ("--file", file))],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )
    code = {f"code {n}": mutant for n, mutant in enumerate(json.loads(found.stdout))}
    decisions = (ROOT / MUTATED[0]).read_text()
    table, policy = rows((ROOT / TABLE).read_text(), decided(decisions), named())
    # What the compiler has refused before it need not be asked about again.
    memory = source.parent / "refused.json"
    refused_before = set(json.loads(memory.read_text())) if memory.exists() else set()
    refused = {name for name, mutant in code.items() if mutant["name"] in refused_before}
    while True:
        texts = {path: (ROOT / path).read_text() for path in MUTATED}
        for path in MUTATED:
            mutants = {name: mutant for name, mutant in code.items() if mutant["file"] == path and name not in refused}
            texts[path] = with_mutants(texts[path], mutants, "crate" if "domain" in path else "usher_domain")
        texts["crates/domain/src/lib.rs"] = (ROOT / "crates/domain/src/lib.rs").read_text() + CHOOSE
        texts[MUTATED[0]] = replaced(texts[MUTATED[0]], "pub fn may(", "fn decide(") + DECIDE
        read = set()
        for file in sorted((ROOT / "crates/http/src").rglob("*.rs")):
            path = str(file.relative_to(ROOT))
            texts[path], columns = with_columns(texts.get(path) or file.read_text())
            read |= columns
        if read != COLUMNS:
            sys.exit(f"nothing reads these columns of the table: {COLUMNS - read}")
        texts[OPERATION] += ROW
        # Commands get nothing of the tests' environment but this.
        chosen = f'.env_clear().env("{CHOICE}", usher_domain::mutant())'
        texts[HOME] = replaced((ROOT / HOME).read_text(), ".env_clear()", chosen)
        for path in sources():
            put(source / path, texts[path].encode() if path in texts else (ROOT / path).read_bytes())
        made, wrong = build(source)
        if not wrong:
            break
        print(f"the compiler refuses {len(wrong)} mutants", flush=True)
        refused |= wrong
    memory.write_text(json.dumps(sorted(code[name]["name"] for name in refused)))
    known = {name: mutant["name"] for name, mutant in code.items() if name not in refused}
    return known | {name: name for name in table + policy + rules(decisions)}, made


def replaced(text: str, old: str, new: str) -> str:
    """The text with each `old` replaced; there must be one."""
    if old not in text:
        sys.exit(f"there is no {old!r} any more")
    return text.replace(old, new)


def with_columns(text: str) -> tuple[str, set[str]]:
    """The text with the columns of the table read by the methods that mutate them, and which columns it reads."""
    columns = rf"\b(spec|self|O::SPEC)\.(?:response\.)?({'|'.join(sorted(COLUMNS))})\b(?!\()"
    return re.sub(columns, r"\1.\2()", text), {column for _, column in re.findall(columns, text)}


def with_mutants(text: str, mutants: dict[str, dict], crate: str) -> str:
    """The functions of a file, each with all of its mutants beside what it is."""
    lines = text.splitlines(keepends=True)
    offset = lambda place: sum(map(len, lines[: place["line"] - 1])) + place["column"] - 1
    functions = {}
    for name, mutant in mutants.items():
        span = mutant["function"]["span"]
        functions.setdefault((offset(span["start"]), offset(span["end"])), []).append((name, mutant))
    for (start, end), breaches in sorted(functions.items(), reverse=True):
        signature = re.search(r"\bfn \w+", text[start:end]).end() + start
        body = text.index("{", signature)
        returned = breaches[0][1]["function"]["return_type"].removeprefix("-> ")
        boxed = f"Box<dyn {returned.removeprefix('impl ')} + '_>" if returned.startswith("impl ") else None
        block = lambda inner: f"{{ let all: {boxed} = Box::new({{ {inner} }}); all }}" if boxed else f"{{ {inner} }}"
        woven = "{\n"
        for name, mutant in breaches:
            first, last = offset(mutant["span"]["start"]), offset(mutant["span"]["end"])
            inner = text[body + 1 : first] + mutant["replacement"] + text[last : end - 1]
            woven += f'if {crate}::mutant() == "{name}" /* {name} */ {block(inner)} else\n'
        text = text[:body] + woven + f"/* none */ {block(text[body + 1 : end - 1])} }}" + text[end:]
    return text


def decided(text: str) -> Callable[[str, str], list[int]]:
    """Where the policy decides about an action on a kind of resource: what stands in the same arms is decided alike."""
    functions = {"Service": "on_service", "Users": "on_users", "User": "on_user", "Session": "on_session"}
    text = re.sub(r"//.*", "", text)
    body = lambda kind: re.search(rf"fn {functions[kind]}\(.*?\n}}", text, re.DOTALL)[0]
    arms = {kind: re.findall(r"(?:\bAction::\w+[\s|]*)+", body(kind)) for kind in functions}
    return lambda kind, action: [n for n, arm in enumerate(arms[kind]) if re.search(rf"\b{action}\b", arm)]


def rules(text: str) -> list[str]:
    """The mutants of the policy that are about more or less than one decision."""
    on_user = re.search(r"fn on_user\(.*?\n}", text, re.DOTALL)[0]
    arms = re.findall(r"((?:Action::\w+[\s|]*)+)if .*?ConflictReason::(\w+)", on_user, re.DOTALL)
    if {obstacle for _, obstacle in arms} != set(re.findall(r"ConflictReason::(\w+)", text)):
        sys.exit("an obstacle of the policy stands in no arm that is understood")
    obstacles = [f"rule {obstacle} {action}" for arm, obstacle in arms for action in re.findall(r"::(\w+)", arm)]
    sign_in = [f"rule Unauthenticated {kind}" for kind in ("Service", "Users", "User", "Session")]
    return [*obstacles, *sign_in, "rule NotFound User", "rule NotFound Session", "rule RegistrationClosed"]


def named() -> set[str]:
    """The actions that something beside the policy and the table tells from others."""
    told = [name for name in sources() if re.match(r"crates/(http|persistence)/src/.*\.rs", name) and name != TABLE]
    return {action for name in told for action in re.findall(r"\bAction::(\w+)", (ROOT / name).read_text())}


def rows(text: str, arms: Callable[[str, str], list[int]], named: set[str]) -> tuple[list[str], list[str]]:
    """The mutants of the table, and of the decisions that its operations ask for."""
    found = list(map(columns, entries(text)))
    kinds = {"ServiceRoot": "Service", "CurrentUser": "Service", "UserCollection": "Users"}
    kinds |= {"UserById": "User", "CurrentUserState": "User", "SessionById": "Session"}
    asked = {(action, kinds[target]) for _, _, target, action, *_ in found}
    # What looks at nobody's token and is linked nowhere is asked for by nobody.
    signed_in = ("Optional", "Required")
    members = {action for _, authentication, _, action, _, links, _ in found if authentication in signed_in or links}
    table = []
    for id, authentication, target, action, response, links, fields in found:
        others = {"None", "Optional", "Required", "Client"} - {authentication}
        table += [f"table {id} authentication {other}" for other in sorted(others)]
        # Another right on the same kind of thing, each that there is and that is not one and the same to everybody.
        for other in sorted(other for other, kind in asked if kind == kinds[target] and other != action):
            if arms(kinds[target], other) != arms(kinds[target], action):
                table.append(f"table {id} action {other}")
            elif {other, action} & named:
                table.append(f"table {id} meaning {other}")
        table.append(f"table {id} negotiated {'false' if response in ('Represented', 'Created', 'PageOf') else 'true'}")
        linked = [kind for kind, _ in re.findall(r'(\w+) "([\w-]+)"', links)]
        for nth, on in enumerate(linked):
            table.append(f"table {id} affordance {nth} none")
            elsewhere = "User" if on == "Service" else "Service"
            if elsewhere not in linked:
                table.append(f"table {id} affordance {nth} {elsewhere}")
        for nth, (_, permission) in enumerate(re.findall(r'"(\w+)" (\w+)', fields)):
            table.append(f"table {id} permission {nth}")
            asked.add((permission, kinds[target]))
            members.add(permission)
    # On what a new user gets, links are decided for nobody: nobody has signed in as that user.
    registered = {action for _, _, _, action, _, links, _ in found if "Registration " in links}
    whose = {kind: [":self", ":other"] if kind in ("User", "Session") else [""] for kind in kinds.values()}
    callers = lambda kind: [role + relation for role in ("user", "admin") for relation in whose[kind]]
    policy = [
        f"policy {action} {kind} {who}"
        for action, kind in sorted(asked)
        for who in ("nobody", *(callers(kind) if action in members else []))
    ]
    return table, policy + [f"policy {action} Registered nobody" for action in sorted(registered)]


def entries(text: str) -> list[str]:
    """The rows of the table, as text."""
    table = re.search(r"^operations! \{\n(.*?)^\}", text, re.DOTALL | re.MULTILINE)
    found = table[1].split(";\n")[:-1] if table else []
    if not found:
        sys.exit(f"{TABLE} has no rows")
    return found


def columns(row: str) -> tuple[str, ...]:
    """Id, authentication, target, action, type of the answer, links and fields with permissions of a row."""
    pattern = (
        r'\s*\w+ in [\w:]+ = "(\w+)": \w+ "[^"]*" in "\w+",\s*(\w+), on (\w+), needs (\w+),'
        r"(?:\s*query [\w:]+,)?(?:\s*body [\w:]+,)?"
        r'\s*answers (\w+)(?:<\w+>)? as "[^"]*"'
        r"(?:,\s*linked \[([^]]*)\])?(?:,\s*fields \[([^]]*)\])?"
        r"(?:,\s*conflicts \[[^]]*\])?(?:,\s*rate limited)?"
    )
    found = re.fullmatch(pattern, row)
    if not found:
        sys.exit(f"a row of the table is not understood:\n{row}")
    return found.groups("")


def build(source: pathlib.Path) -> tuple[dict[str, str], set[str]]:
    """Builds the tests, and what holds a Postgres for them; or tells for which mutants the compiler does not take the copy."""
    command = ["cargo", "test", "--quiet", "--locked", "--no-run", "--message-format", "json", "--example", "postgres"]
    command += [part for name in ("usher-testkit", "usher-crawler", "usher-http", "usher") for part in ("--package", name)]
    command += ["--lib", "--test", "links", "--test", "api", "--test", "process"]
    built = subprocess.run(command, cwd=source, capture_output=True, text=True, env=environment(source))
    messages = list(map(json.loads, built.stdout.splitlines()))
    wrong = set()
    for message in [message["message"] for message in messages if message.get("message")]:
        for span in message["spans"] if message["level"] == "error" else []:
            if not span["file_name"].startswith("crates/"):
                continue
            before = (source / span["file_name"]).read_text().splitlines()[: span["line_start"]]
            wrong |= set(re.findall(r"/\* (code \d+) \*/|/\* none", "\n".join(before))[-1:])
    wrong.discard("")
    if built.returncode and not wrong:
        sys.exit(f"the copy does not compile:\n{built.stdout}\n{built.stderr}")
    return {message["target"]["name"]: message["executable"] for message in messages if message.get("executable")}, wrong


@contextlib.contextmanager
def postgres(holder: str) -> Iterator[str]:
    """The URL of a Postgres that all runs share."""
    with subprocess.Popen([holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        yield child.stdout.readline().strip()
        child.stdin.close()


def judge(suite: Suite, environ: dict[str, str]) -> str | None:
    """The test that notices the mutant, if one does. On a busy machine the service may say that it cannot answer now (503): of
    the mutant that says nothing."""
    for _ in range(5):
        failed = run(suite, environ)
        if not failed or not re.search(r"\b503\b", failed):
            break
    return failed


def run(suite: Suite, environ: dict[str, str]) -> str | None:
    """The first test that fails, if one does, and what it said; no other is waited for then."""
    command = [suite.binary, *suite.which, "--nocapture", "--test-threads", "2"]
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        child = subprocess.Popen(command, cwd=suite.folder, stdout=subprocess.PIPE, stderr=said, text=True, env=environ)
        alarm = threading.Timer(PATIENCE, child.kill)
        alarm.start()
        failed = next((line.split()[1] for line in child.stdout if line.endswith("... FAILED\n")), None)
        if failed:
            child.kill()
        code = child.wait()
        alarm.cancel()
        if not failed and not code:
            return None
        said.seek(0)
        told = re.findall(r"^thread .* panicked at .*:\n((?:.+\n){0,3})", said.read(), re.MULTILINE)
        return f"{failed or f'ends with {code}'}: {' '.join(' '.join(told).split())[:300]}"


def environment(source: pathlib.Path) -> dict[str, str]:
    return os.environ | {"CARGO_TARGET_DIR": str(source.parent / "target"), "CARGO_TERM_COLOR": "never"}


main()
