#!/usr/bin/env python3
"""Breaks the policy, the table of operations and what reads them, in one place at a time; tells what no test notices.

Every breach (a mutant) is woven into one copy of the source, where an environment variable chooses one. So all of them are
built at once, and each costs only a run of the tests. There are three kinds:

- code: what cargo-mutants finds in the policy and in the files that read it;
- table: a row of `operations.rs` with another access, action or answer, and with an offer or a guard less or moved;
- policy: one decision turned round: an action, on a kind of resource, for a kind of caller.

They are shown to the crawler first, and what it does not notice to the tests of the API.
"""

import argparse
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import time
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
MUTATED = ["crates/domain/src/policy.rs", *(f"crates/http/src/{name}.rs" for name in ("links", "forms", "call"))]
CHOICE = "USHER_MUTANT"
# What a test run may take, in seconds, before it is taken for one that never ends.
PATIENCE = 1200

# The tests, the quickest first; a mutant that one suite notices is not shown to the next. Random walks might not notice
# it the next time.
SUITES = [("crawler", "usher-crawler", "links", ["--skip", "walks::"]), ("server", "usher", "api", [])]


class Suite(NamedTuple):
    """The tests of one binary."""

    folder: pathlib.Path
    command: list[str]


CHOOSE = """
/// Which mutant this run is of.
pub fn mutant() -> &'static str {
    static CHOSEN: std::sync::LazyLock<String> =
        std::sync::LazyLock::new(|| std::env::var("%s").unwrap_or_default());
    &CHOSEN
}
""" % CHOICE

DECIDE = """
pub fn may(actor: &Actor, action: Action, resource: &Resource<'_>) -> Decision {
    let decision = decide(actor, action, resource);
    let (kind, owner) = match resource {
        Resource::Service { .. } => ("Service", None),
        Resource::Users => ("Users", None),
        Resource::User { id, .. } => ("User", Some(*id)),
        Resource::Session { owner, .. } => ("Session", Some(*owner)),
    };
    let who = match actor {
        Actor::Nobody => "nobody".to_owned(),
        Actor::Member(member) => {
            let whose = owner.map_or("", |owner| if owner == member.id { ":self" } else { ":other" });
            format!("{}{whose}", member.role.as_str())
        }
    };
    match decision {
        decision if crate::mutant() != format!("policy {action:?} {kind} {who}") => decision,
        Decision::Allow => NO,
        _ => Decision::Allow,
    }
}
"""

ROW = """
impl Row {
    /// What the chosen mutant makes of a column of this row.
    fn mutated(&self, column: &str) -> Option<&'static str> {
        let (id, rest) = usher_domain::mutant().strip_prefix("table ")?.split_once(' ')?;
        let (name, value) = rest.split_once(' ')?;
        (id == self.id && name == column).then_some(value)
    }

    pub fn access(&self) -> Access {
        let all = [Access::Anyone, Access::Guest, Access::Member, Access::Service];
        let named = |value| all.into_iter().find(|access| format!("{access:?}") == value).unwrap();
        self.mutated("access").map_or(self.access, named)
    }

    pub fn action(&self) -> Action {
        let named = |value| OPERATIONS.iter().map(|row| row.action).find(|action| format!("{action:?}") == value).unwrap();
        self.mutated("action").map_or(self.action, named)
    }

    pub fn answer(&self) -> Answer {
        let named = |value| if value == "Other" { Answer::Other } else { Answer::Representation };
        self.mutated("answer").map_or(self.answer, named)
    }

    pub fn offers(&self) -> &'static [Offer] {
        let Some((nth, kind)) = self.mutated("offer").and_then(|value| value.split_once(' ')) else { return self.offers };
        let kinds = [Kind::Service, Kind::Users, Kind::User, Kind::Sessions, Kind::Session, Kind::Registration];
        let kind = kinds.into_iter().find(|other| format!("{other:?}") == kind);
        let mut offers = self.offers.to_vec();
        let offer = offers.remove(nth.parse().unwrap());
        offers.extend(kind.map(|on| Offer { on, ..offer }));
        Box::leak(offers.into_boxed_slice())
    }

    pub fn guards(&self) -> &'static [(&'static str, Action)] {
        let Some(nth) = self.mutated("guard") else { return self.guards };
        let mut guards = self.guards.to_vec();
        guards.remove(nth.parse().unwrap());
        Box::leak(guards.into_boxed_slice())
    }
}
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--folder", type=pathlib.Path, default=ROOT / "target/mutants", help="where the copy is made")
    arguments.add_argument("--only", metavar="BEGINNING", default="", help="try those whose name begins so")
    arguments.add_argument("--quick", action="store_true", help="ask the crawler alone")
    arguments.add_argument("--every", type=int, default=1, help="try one in so many, chosen by lot")
    arguments.add_argument("--within", type=float, help="stop after so many minutes")
    options = arguments.parse_args()
    source = options.folder / "source"
    copy(source)
    mutants = weave(source)
    suites = build(source, SUITES[:1] if options.quick else SUITES)
    notice = lambda name: next(filter(None, (run(source, suite, name) for suite in suites)), None)
    if failed := notice(""):
        sys.exit(f"{failed} fails without any mutant")
    print(f"{len(mutants)} mutants", flush=True)
    chosen = sorted(name for name in mutants if name.startswith(options.only))
    # By lot, but the same each time.
    random.Random(1).shuffle(chosen)
    chosen = chosen[:: options.every]
    end = time.monotonic() + options.within * 60 if options.within else float("inf")
    survivors, tried = [], 0
    for name in chosen:
        if time.monotonic() > end:
            break
        tried += 1
        if (noticed := notice(name)) is None:
            survivors.append(name)
        print(f"{'noticed' if noticed else 'SURVIVED'}: {mutants[name]}: {noticed or 'by no test'}", flush=True)
    print(f"{tried} of {len(chosen)} mutants tried, {tried - len(survivors)} noticed, {len(survivors)} survived")
    for name in survivors:
        print(f"  {mutants[name]}")
    sys.exit(bool(survivors))


def copy(folder: pathlib.Path) -> None:
    """Writes what git has of the work tree; what has not changed keeps its time, so that little is built again."""
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    for name in names:
        put(folder / name, (ROOT / name).read_bytes())


def put(path: pathlib.Path, content: bytes) -> None:
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def weave(source: pathlib.Path) -> dict[str, str]:
    """Weaves every mutant in that the compiler takes; what each is called by, and what it is."""
    found = subprocess.run(
        ["cargo", "mutants", "--list", "--json", *(part for file in MUTATED for part in ("--file", file))],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )
    code = {f"code {n}": mutant for n, mutant in enumerate(json.loads(found.stdout))}
    table, policy = rows((source / "crates/http/src/operations.rs").read_text())
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
        texts[MUTATED[0]] = texts[MUTATED[0]].replace("pub fn may(", "fn decide(") + DECIDE
        for file in sorted((ROOT / "crates/http/src").rglob("*.rs")):
            path = str(file.relative_to(ROOT))
            read = texts.get(path) or file.read_text()
            columns = r"\b(row|O::ROW)\.(access|action|answer|offers|guards)\b"
            texts[path] = re.sub(columns, r"\1.\2()", read) + (ROW if file.name == "operations.rs" else "")
        for path, text in texts.items():
            put(source / path, text.encode())
        wrong = refusals(source)
        if not wrong:
            break
        print(f"the compiler refuses {len(wrong)} mutants", flush=True)
        refused |= wrong
    memory.write_text(json.dumps(sorted(code[name]["name"] for name in refused)))
    known = {name: f"{name}: {mutant['name']}" for name, mutant in code.items() if name not in refused}
    return known | {name: name for name in table + policy}


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


def rows(text: str) -> tuple[list[str], list[str]]:
    """The mutants of the table, and of the decisions that its operations ask for."""
    row = r'= "(\w+)": \w+ "[^"]*" by (\w+), on (\w+),\s*asks (\w+),.*?answers (\w+),\s*offered \[(.*?)\], guards \[(.*?)\]'
    found = re.findall(row, text, re.DOTALL)
    kinds = {"Whole": "Service", "Own": "Service", "Everyone": "Users"}
    kinds |= {"One": "User", "Oneself": "User", "OneSession": "Session"}
    asked = {(action, kinds[target]) for _, _, target, action, *_ in found}
    # What looks at nobody's token and is offered nowhere is asked for by nobody.
    members = {action for _, access, _, action, _, offers, _ in found if access in ("Guest", "Member") or offers}
    table = []
    for id, access, target, action, answer, offers, guards in found:
        accesses = {"Anyone", "Guest", "Member", "Service"} - {access}
        table += [f"table {id} access {other}" for other in sorted(accesses)]
        # Another right on the same kind of thing, each that there is.
        others = {other for other, kind in asked if kind == kinds[target] and other != action}
        table += [f"table {id} action {other}" for other in sorted(others)]
        table.append(f"table {id} answer {'Other' if answer == 'Representation' else 'Representation'}")
        for nth, (on, _) in enumerate(offered := re.findall(r'(\w+) "([\w-]+)"', offers)):
            table.append(f"table {id} offer {nth} none")
            elsewhere = "User" if on == "Service" else "Service"
            if elsewhere not in [kind for kind, _ in offered]:
                table.append(f"table {id} offer {nth} {elsewhere}")
        for nth, (_, guard) in enumerate(re.findall(r'"(\w+)" (\w+)', guards)):
            table.append(f"table {id} guard {nth}")
            asked.add((guard, kinds[target]))
            members.add(guard)
    whose = {kind: [":self", ":other"] if kind in ("User", "Session") else [""] for kind in kinds.values()}
    callers = lambda kind: [role + relation for role in ("user", "admin") for relation in whose[kind]]
    policy = [
        f"policy {action} {kind} {who}"
        for action, kind in sorted(asked)
        for who in ("nobody", *(callers(kind) if action in members else []))
    ]
    return table, policy


def refusals(source: pathlib.Path) -> set[str]:
    """The mutants for which the compiler does not take the copy."""
    check = ["cargo", "check", "--quiet", "--locked", "--package", "usher-http", "--message-format", "json"]
    checked = subprocess.run(check, cwd=source, capture_output=True, text=True, env=environment(source))
    wrong = set()
    for message in map(json.loads, checked.stdout.splitlines()):
        message = message.get("message") or {}
        for span in message.get("spans", []) if message.get("level") == "error" else []:
            before = (source / span["file_name"]).read_text().splitlines()[: span["line_start"]]
            wrong |= set(re.findall(r"/\* (code \d+) \*/|/\* none", "\n".join(before))[-1:])
    wrong.discard("")
    if checked.returncode and not wrong:
        sys.exit(f"the copy does not compile:\n{checked.stdout}\n{checked.stderr}")
    return wrong


def build(source: pathlib.Path, suites: list) -> list[Suite]:
    command = ["cargo", "test", "--quiet", "--locked", "--no-run", "--message-format", "json"]
    for _, package, test, _ in suites:
        command += ["--package", package, "--test", test]
    built = subprocess.run(command, cwd=source, stdout=subprocess.PIPE, text=True, env=environment(source))
    messages = [json.loads(line) for line in built.stdout.splitlines()]
    if built.returncode:
        sys.exit("\n".join(message["message"]["rendered"] for message in messages if "message" in message))
    made = {message["target"]["name"]: message.get("executable") for message in messages if "target" in message}
    return [Suite(source / "crates" / folder, [made[test], *more]) for folder, _, test, more in suites]


def run(source: pathlib.Path, suite: Suite, mutant: str) -> str | None:
    """The first test that fails, if one does; no other is waited for then."""
    child = subprocess.Popen(
        suite.command, cwd=suite.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=environment(source) | {CHOICE: mutant},
    )
    signal.signal(signal.SIGALRM, lambda *_: child.kill())
    signal.alarm(PATIENCE)
    failed = next((line.split()[1] for line in child.stdout if line.endswith("... FAILED\n")), None)
    if failed:
        child.kill()
    code = child.wait()
    signal.alarm(0)
    return failed or (f"it ends with {code}" if code else None)


def environment(source: pathlib.Path) -> dict[str, str]:
    return os.environ | {"CARGO_TARGET_DIR": str(source.parent / "target"), "CARGO_TERM_COLOR": "never"}


main()
