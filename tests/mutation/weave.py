"""Weaves every mutant into one copy of the source, and builds it."""

import json
import os
import pathlib
import re
import subprocess
import sys

from source import (
    HAS,
    HOME,
    MUTATED,
    OPERATION,
    POLICY,
    PRINCIPAL,
    ROOT,
    WOVEN,
    check,
    http,
    read,
    replaced,
    rows,
    rules,
    sources,
    with_columns,
)


# The variable that chooses a mutant, as `woven/domain.rs` reads it.
CHOICE = "MUTANT_OF_USHER"


def put(path: pathlib.Path, content: bytes) -> None:
    """Writes a file; one that does not change keeps its time, so that little is built again."""
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def weave(source: pathlib.Path) -> tuple[dict[str, str], dict[str, str]]:
    """Weaves in every mutant that the compiler accepts, and builds them: the title of each by its name; the programs."""
    check()
    table, policy = rows()
    found = subprocess.run(
        ["cargo", "mutants", "--list", "--json", *(part for file in MUTATED for part in ("--file", file))],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )
    code = {f"code {n}": mutant for n, mutant in enumerate(json.loads(found.stdout))}
    # A mutant that the compiler has refused before is not tried again.
    memory = source.parent / "refused.json"
    refused_before = set(json.loads(memory.read_text())) if memory.exists() else set()
    refused = {name for name, mutant in code.items() if mutant["name"] in refused_before}
    while True:
        texts = woven({name: mutant for name, mutant in code.items() if name not in refused})
        for path in sources():
            put(source / path, texts[path].encode() if path in texts else (ROOT / path).read_bytes())
        made, wrong = build(source)
        if not wrong:
            break
        print(f"the compiler refuses {len(wrong)} mutants", flush=True)
        refused |= wrong
    memory.write_text(json.dumps(sorted(code[name]["name"] for name in refused)))
    known = {name: mutant["name"] for name, mutant in code.items() if name not in refused}
    return known | {name: name for name in table + policy + rules()}, made


def woven(code: dict[str, dict]) -> dict[str, str]:
    """The files that differ in the copy, with their texts there."""
    added = lambda name: (WOVEN / name).read_text()
    texts = {}
    for path in MUTATED:
        mutants = {name: mutant for name, mutant in code.items() if mutant["file"] == path}
        texts[path] = with_mutants(read(path), mutants, "crate" if path.startswith("crates/domain/") else "usher_domain")
    texts["crates/domain/src/lib.rs"] = read("crates/domain/src/lib.rs") + added("domain.rs")
    texts[POLICY] = replaced(texts[POLICY], "pub fn may(", "fn unmutated_may(") + added("policy.rs")
    checked = f"{HAS.replace('const ', '')}\n        if let Some(answer) = super::mutated_check(permission) {{ return answer; }}"
    texts[PRINCIPAL] = replaced(texts[PRINCIPAL], HAS, checked)
    for path, text in http().items():
        texts[path], _ = with_columns(texts.get(path) or text)
    texts[OPERATION] += added("operation.rs")
    # Commands get nothing of the tests' environment but the choice.
    chosen = f'.env_clear().env("{CHOICE}", usher_domain::mutant())'
    texts[HOME] = replaced(read(HOME), ".env_clear()", chosen)
    return texts


def with_mutants(text: str, mutants: dict[str, dict], crate: str) -> str:
    """The functions of a file, each with all of its mutants and its own body."""
    lines = text.splitlines(keepends=True)
    offset = lambda place: sum(map(len, lines[: place["line"] - 1])) + place["column"] - 1
    functions = {}
    for name, mutant in mutants.items():
        span = mutant["function"]["span"]
        functions.setdefault((offset(span["start"]), offset(span["end"])), []).append((name, mutant))
    for (start, end), mutants_here in sorted(functions.items(), reverse=True):
        signature = re.search(r"\bfn \w+", text[start:end]).end() + start
        body = text.index("{", signature)
        returned = mutants_here[0][1]["function"]["return_type"].removeprefix("-> ")
        boxed = f"Box<dyn {returned.removeprefix('impl ')} + '_>" if returned.startswith("impl ") else None
        block = lambda inner: f"{{ let all: {boxed} = Box::new({{ {inner} }}); all }}" if boxed else f"{{ {inner} }}"
        woven = "{\n"
        for name, mutant in mutants_here:
            first, last = offset(mutant["span"]["start"]), offset(mutant["span"]["end"])
            inner = text[body + 1 : first] + mutant["replacement"] + text[last : end - 1]
            woven += f'if {crate}::mutant() == "{name}" /* {name} */ {block(inner)} else\n'
        text = text[:body] + woven + f"/* none */ {block(text[body + 1 : end - 1])} }}" + text[end:]
    return text


def build(source: pathlib.Path) -> tuple[dict[str, str], set[str]]:
    """Builds the tests and the program that holds a Postgres for them. The second result is the mutants that do not compile."""
    command = ["cargo", "test", "--quiet", "--locked", "--no-run", "--message-format", "json", "--example", "postgres"]
    command += [part for name in ("usher-domain", "usher-testkit", "usher-crawler", "usher-http", "usher") for part in ("--package", name)]
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


def environment(source: pathlib.Path) -> dict[str, str]:
    return os.environ | {"CARGO_TARGET_DIR": str(source.parent / "target"), "CARGO_TERM_COLOR": "never"}
